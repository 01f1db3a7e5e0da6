// Hands out what the loader gives, and keeps a log. The next words would end or swallow a careless page:
// </script> </SCRIPT> <!-- <script>
globalThis.log ??= [];
globalThis.given = (name, view = 0) =>
  [...document.querySelectorAll("live-widget")].filter((element) => element.model?.get("name") === name)[view].given;

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

export default async () => {
  const shared = { views: 0 };
  await pause();
  return {
    async initialize({ model, signal, experimental }) {
      const name = model.get("name");
      await pause();
      shared.initialized = { model, signal, experimental };
      model.on("change:a", () => log.push(`${name}: initialize sees ${model.get("a")}`));
      log.push(`${name}: initialize`);
      return async () => {
        await pause();
        log.push(`${name}: model cleaned up, ${signal.aborted}`);
      };
    },
    async render({ model, el, signal, host, experimental }) {
      const view = shared.views++;
      const name = model.get("name");
      const button = document.createElement("button");
      const show = () => (button.textContent = `${name} ${model.get("a")}`);
      await pause();
      button.className = "probe";
      button.onclick = () => {
        model.set("a", model.get("a") + 1);
        model.save_changes();
      };
      model.on("change:a", show);
      show();
      el.append(button);
      el.given = { model, el, signal, host, experimental, shared };
      log.push(`${name}: render ${view}`);
      return async () => {
        await pause();
        log.push(`${name}: view ${view} cleaned up, ${signal.aborted}`);
      };
    },
  };
};
