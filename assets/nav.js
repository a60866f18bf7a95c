// The pages as real links (`?page=jobs`: open in a new tab, copy), followed without a reload.
export function render({ model }) {
  const list = document.createElement("ul")
  const draw = () => {
    model.items.forEach((item, i) => {
      const entry = list.children[i] ?? list.appendChild(document.createElement("li"))
      let link = entry.firstChild
      if (!link) {
        link = entry.appendChild(document.createElement("a"))
        link.append(document.createElement("span"), document.createElement("span"))
        link.addEventListener("click", (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
          event.preventDefault()
          model.current = link.dataset.key
        })
      }
      link.dataset.key = item.key
      link.setAttribute("href", `?page=${encodeURIComponent(item.key)}`)
      if (model.current === item.key) link.setAttribute("aria-current", "page")
      else link.removeAttribute("aria-current")
      const [label, badge] = link.children
      if (label.textContent !== item.label) label.textContent = item.label
      if (badge.textContent !== item.badge) badge.textContent = item.badge
    })
    while (list.children.length > model.items.length) list.lastChild.remove()
  }
  model.on(["items", "current"], draw)
  draw()
  return list
}
