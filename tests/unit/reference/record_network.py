"""Record the training of a small network in PyTorch, in float64.

Run in an environment made from requirements.txt:  python tests/unit/reference/record_network.py
It writes network.json beside itself (seconds); the same versions write the same bytes.
"""

import json
import platform

if __name__ == "__main__":  # a test runner that looks into every file does not have PyTorch
    import torch
    from network_problem import ACTIVATIONS, FILE, INPUTS, LABELS, LR, SIZES, STEPS, start, text


def fresh():
    return {name: torch.tensor(x, dtype=torch.float64, requires_grad=True) for name, x in start().items()}


def loss(parameters, activation):
    a = torch.tensor(INPUTS, dtype=torch.float64)
    for layer in range(1, len(SIZES)):
        a = torch.nn.functional.linear(a, parameters[f"W{layer}"], parameters[f"b{layer}"])
        if layer < len(SIZES) - 1:
            a = getattr(torch, activation)(a)
    return torch.nn.functional.cross_entropy(a, torch.tensor(LABELS))


def training(activation, method):
    parameters, losses = fresh(), []
    optimizer = {"GradientDescent": torch.optim.SGD, "Adam": torch.optim.Adam}[method](parameters.values(), LR[method])
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(parameters, activation)
        value.backward()
        optimizer.step()
        losses.append(value.item())
    losses.append(loss(parameters, activation).item())
    return {"losses": text(losses)} | {name: text(x.detach().numpy()) for name, x in parameters.items()}


def main():
    recording = {
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "training": {a: {method: training(a, method) for method in LR} for a in ACTIVATIONS},
    }
    FILE.write_text(json.dumps(recording, indent=0) + "\n", encoding="utf-8", newline="\n")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
