// Titles of tabs: Tab reaches the chosen one, arrows go to the others. What they show is Python's.
export function render({ model }) {
  const list = document.createElement("div")
  list.setAttribute("role", "tablist")
  const choose = (place, focus = false) => {
    model.current = place
    if (focus) list.children[place].focus()
  }
  list.addEventListener("keydown", (event) => {
    const last = model.titles.length - 1
    const to = { ArrowRight: model.current + 1, ArrowLeft: model.current - 1, Home: 0, End: last }[event.key]
    if (to === undefined) return
    event.preventDefault()
    choose(to > last ? 0 : to < 0 ? last : to, true)
  })
  const draw = () => {
    list.setAttribute("aria-label", model.caption)
    model.titles.forEach(([title, detail], i) => {
      let tab = list.children[i]
      if (!tab) {
        tab = list.appendChild(document.createElement("button"))
        tab.type = "button"
        tab.setAttribute("role", "tab")
        tab.append(document.createElement("span"), document.createElement("span"))
        tab.addEventListener("click", () => choose(i))
      }
      tab.setAttribute("aria-selected", String(model.current === i))
      tab.tabIndex = model.current === i ? 0 : -1
      const [name, more] = tab.children
      if (name.textContent !== title) name.textContent = title
      if (more.textContent !== detail) more.textContent = detail
    })
    while (list.children.length > model.titles.length) list.lastChild.remove()
  }
  model.on(["titles", "current", "caption"], draw)
  draw()
  return list
}
