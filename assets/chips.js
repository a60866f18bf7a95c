// States with their counts; each is a button that filters by its state, and again to show all.
export function render({ model }) {
  const group = document.createElement("div")
  group.setAttribute("role", "group")
  const draw = () => {
    group.setAttribute("aria-label", model.caption)
    model.items.forEach((item, i) => {
      let chip = group.children[i]
      if (!chip) {
        chip = group.appendChild(document.createElement("button"))
        chip.type = "button"
        chip.append(document.createElement("span"), document.createElement("span"), document.createElement("b"))
        chip.firstChild.setAttribute("aria-hidden", "true")
        chip.addEventListener("click", () => {
          model.pressed = model.pressed === chip.dataset.key ? "" : chip.dataset.key
        })
      }
      chip.dataset.key = item.key
      chip.setAttribute("aria-pressed", String(model.pressed === item.key))
      const [mark, label, count] = chip.children
      mark.className = `cy-mark cy-is-${item.key.replace(/[^a-z]/g, "")}`
      if (label.textContent !== item.label) label.textContent = item.label
      if (count.textContent !== item.count) count.textContent = item.count
    })
    while (group.children.length > model.items.length) group.lastChild.remove()
  }
  model.on(["items", "pressed", "caption"], draw)
  draw()
  return group
}
