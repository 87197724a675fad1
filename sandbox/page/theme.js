// Light or dark, before anything is painted: hence no module.

const THEMES = ["auto", "light", "dark"];

function rememberedTheme() {
  try {
    return THEMES.find((each) => each === localStorage.getItem("theme")) ?? "auto";
  } catch {
    return "auto";
  }
}

function applyTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // Without storage the choice merely ends with the page.
  }
}

applyTheme(rememberedTheme());

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  const show = () => (button.textContent = `Theme: ${document.documentElement.dataset.theme}`);
  button.addEventListener("click", () => {
    const now = THEMES.indexOf(document.documentElement.dataset.theme);
    applyTheme(THEMES[(now + 1) % THEMES.length]);
    show();
  });
  show();
});
