// Light or dark: as chosen in Cygnet, which this browser remembers; else as JupyterLab is, around this page or around the frame
// that it is in; else as the system is. Also put before assets/appearance.js.
const KEY = "cygnet-appearance"
const system = matchMedia("(prefers-color-scheme: dark)")
const chosen = () => {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null // storage is forbidden in this frame
  }
}
const bodyOf = (frame) => {
  try {
    return frame.document.body
  } catch {
    return null // it belongs to another host
  }
}
const bodies = () => [window, window.parent].map(bodyOf).filter(Boolean)
const darkAround = () => {
  const lab = bodies().find((body) => body.dataset.jpThemeLight)
  return lab ? lab.dataset.jpThemeLight === "false" : system.matches
}
const isDark = (choice = chosen()) => (choice ? choice === "dark" : darkAround())
