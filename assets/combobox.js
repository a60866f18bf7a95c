// Text input with suggestions from Python; what is typed counts, a suggestion only helps. Text is placed as text.
const make = (tag, className = "", text = "") => {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text) node.textContent = text
  return node
}

export function render({ model }) {
  const root = make("div", "combobox")
  const label = make("label", "", model.label)
  const input = make("input")
  const list = make("ul")
  label.htmlFor = input.id = "input"
  list.id = "list"
  list.setAttribute("role", "listbox")
  list.setAttribute("aria-label", "Suggestions")
  for (const [name, value] of Object.entries({
    type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list", "aria-controls": "list",
  })) input.setAttribute(name, value)
  input.value = model.value
  input.placeholder = model.placeholder

  let open = false
  let at = -1
  const draw = () => {
    const shown = open && model.options.length > 0
    list.hidden = !shown
    input.setAttribute("aria-expanded", String(shown))
    list.replaceChildren(...(shown ? model.options : []).map((option, i) => {
      const line = make("li")
      line.id = `option-${i}`
      line.setAttribute("role", "option")
      line.setAttribute("aria-selected", String(i === at))
      line.append(make("span", "", option.value), make("span", "detail", option.detail))
      line.addEventListener("mousedown", (event) => {
        event.preventDefault()
        pick(i)
      })
      return line
    }))
    if (shown && at >= 0) {
      input.setAttribute("aria-activedescendant", `option-${at}`)
      list.children[at]?.scrollIntoView({ block: "nearest" })
    } else input.removeAttribute("aria-activedescendant")
  }
  const pick = (i) => {
    const option = model.options[i]
    model.value = input.value = option.value
    open = Boolean(option.more)
    at = -1
    draw()
  }
  input.addEventListener("input", () => {
    open = true
    at = -1
    model.value = input.value
    draw()
  })
  input.addEventListener("click", () => {
    open = true
    draw()
  })
  input.addEventListener("blur", () => {
    open = false
    draw()
  })
  input.addEventListener("keydown", (event) => {
    const count = model.options.length
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (count) at = open ? (at + (event.key === "ArrowDown" ? 1 : count - (at < 0 ? 0 : 1))) % count : 0
      open = true
    } else if (event.key === "Enter" && open && at >= 0) pick(at)
    else if (event.key === "Escape" && open) open = false
    else return
    event.preventDefault()
    draw()
  })
  model.on("value", () => {
    if (input.value !== model.value) input.value = model.value
  })
  model.on("options", () => {
    at = Math.min(at, model.options.length - 1)
    draw()
  })
  model.on("focus", () => requestAnimationFrame(() => input.focus())) // the form may just be coming into sight
  model.on("disabled", () => (input.disabled = model.disabled))
  root.append(label, input, list)
  draw()
  return root
}
