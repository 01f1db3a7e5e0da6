"""Hypothesis gives each case 200 ms, which a busy machine does not keep, and no test here asserts a time."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
