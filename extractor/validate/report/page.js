"use strict";
(() => {
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details").forEach((rule) => { rule.open = true; });
  });

  const form = document.getElementById("filter");
  if (!form) return;
  const rows = Array.from(document.querySelectorAll("#findings tbody tr"));
  const words = rows.map((row) => row.textContent.toLowerCase());
  const shown = document.getElementById("shown");
  const fields = ["severity", "rule", "file"];

  const apply = () => {
    const text = form.elements.text.value.trim().toLowerCase();
    let count = 0;
    rows.forEach((row, index) => {
      const asked = fields.every((name) => {
        const value = form.elements[name].value;
        return !value || row.dataset[name] === value;
      });
      row.hidden = !(asked && words[index].includes(text));
      count += row.hidden ? 0 : 1;
    });
    shown.textContent = `${count} of ${rows.length} listed findings shown`;
  };

  form.addEventListener("input", apply);
  form.addEventListener("change", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.querySelectorAll("button[data-rule]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      form.reset();
      form.elements.rule.value = button.dataset.rule;
      apply();
      document.getElementById("findings-head").scrollIntoView();
      form.elements.text.focus({ preventScroll: true });
    });
  });
  form.hidden = false;
  apply();
})();
