/** Light or dark: as the system has it, unless the user has chosen. */

const NAME = "redlite-theme";
type Theme = "light" | "dark";

/** Applies what was chosen before. */
export function applyTheme(): void {
  const chosen = localStorage.getItem(NAME);
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset["theme"] = chosen;
}

/** The theme that is shown. */
export function theme(): Theme {
  const { theme } = document.documentElement.dataset;
  if (theme === "light" || theme === "dark") return theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Shows the other theme from now on. */
export function switchTheme(): void {
  const other = theme() === "dark" ? "light" : "dark";
  document.documentElement.dataset["theme"] = other;
  localStorage.setItem(NAME, other);
  dispatchEvent(new Event("themechange"));
}

/** The color of a name in the style sheet, as what draws by itself takes it. */
export function color(name: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
