// A button that asks Python for its text when it is pressed, so that long texts are not sent until they are wanted.
export function render({ model }) {
  const button = document.createElement("button")
  button.type = "button"
  button.setAttribute("aria-live", "polite")
  const draw = () => {
    button.dataset.label = button.textContent = model.label
    button.disabled = model.disabled
  }
  button.addEventListener("click", () => (model.wanted += 1))
  model.on("answer", () => copyFrom(button, model.answer[1]))
  model.on(["label", "disabled"], draw)
  draw()
  return button
}
