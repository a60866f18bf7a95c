// Cygnet's table. Python formats, this places text (textContent only, so nothing from outside becomes HTML) and patches the
// cells whose value changed, by row id: focus, scroll and selection survive every update.

const make = (tag, className = "", text = "") => {
  const node = document.createElement(tag)
  if (className) node.className = className
  if (text) node.textContent = text
  return node
}
const set = (node, name, value) => {
  if (value === null) node.removeAttribute(name)
  else if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}
const write = (node, text) => {
  if (node.textContent !== text) node.textContent = text
}
// A name of one long word may break behind its marks, not in the midst of a part, a number or a time.
const writeParts = (node, text) => {
  if (node.textContent === text) return
  const parts = text.split(/(?<=[.:_&=,])(?!\d{2,3}\b)|(?=\/)/)
  node.replaceChildren(...parts.flatMap((part, i) => (i ? [make("wbr"), part] : [part])))
}
const shown = (value) =>
  value === null || value === undefined ? "" : typeof value === "number" ? value.toLocaleString("en") : String(value)
const classes = ({ kind, wrap, spare }) => [kind, wrap && "wrap", spare && "spare"].filter(Boolean).join(" ")
const paint = (state) => `cy-is-${String(state).replace(/[^a-z]/g, "")}`

// One entry per kind of cell: build its nodes once, then fill them whenever the value changes.
const kinds = {
  text: {
    build(cell, column) {
      cell.append(make("span", column.strong ? "first strong" : "first"), make("span", "second"))
    },
    fill(cell, value, second, tip) {
      const [first, more] = cell.children
      if (cell.classList.contains("wrap")) writeParts(first, shown(value))
      else write(first, shown(value))
      write(more, shown(second))
      set(cell, "title", shown(tip) || [shown(value), shown(second)].filter(Boolean).join(" · ") || null)
    },
  },
  name: {
    build: (cell) => cell.append(make("span", "start"), make("span", "end")),
    fill(cell, value) {
      const [start, end] = cell.children
      const at = Math.max(0, shown(value).length - 20) // as in table.css
      write(start, shown(value).slice(0, at))
      write(end, shown(value).slice(at))
      set(cell, "title", shown(value) || null)
    },
  },
  copy: {
    build(cell) {
      const button = make("button", "copy", "Copy")
      button.type = "button"
      button.tabIndex = -1
      button.addEventListener("keydown", (event) => event.stopPropagation())
      button.addEventListener("click", (event) => {
        event.stopPropagation()
        copyFrom(button, cell.firstChild.textContent)
      })
      const path = make("span", "path")
      path.append(make("bdi"))
      cell.append(path, button)
    },
    fill(cell, value) {
      const [path, button] = cell.children
      write(path.firstChild, shown(value))
      set(cell, "title", shown(value) || null)
      button.hidden = !value
      button.setAttribute("aria-label", `Copy ${shown(value)}`)
    },
  },
  number: { build() {}, fill: (cell, value) => write(cell, shown(value)) },
  state: {
    build(cell) {
      const state = make("span", "cy-state")
      const mark = make("span", "cy-mark")
      mark.setAttribute("aria-hidden", "true")
      state.append(mark, make("span"))
      cell.append(state)
    },
    fill(cell, value) {
      const [state, words] = Array.isArray(value) ? value : [value, value]
      const [mark, text] = cell.firstChild.children
      set(mark, "class", `cy-mark ${paint(state)}`)
      write(text, shown(words))
    },
  },
  bar: {
    build(cell) {
      const bar = make("div", "cy-bar")
      bar.setAttribute("role", "img")
      cell.append(bar)
    },
    fill(cell, value) {
      const bar = cell.firstChild
      const parts = (value ?? []).filter(([, fraction]) => fraction > 0)
      while (bar.children.length > parts.length) bar.lastChild.remove()
      parts.forEach(([state, fraction], i) => {
        const part = bar.children[i] ?? bar.appendChild(make("i"))
        set(part, "class", paint(state))
        set(part, "style", `width: ${(100 * Math.min(1, fraction)).toFixed(3)}%`)
      })
      const words = (value ?? []).filter((part) => part[2] > 0).map(([state, , count, word]) => `${shown(count)} ${word ?? state}`)
      const said = words.join(", ") || "nothing yet"
      set(bar, "aria-label", said)
      set(bar, "title", said)
    },
  },
}

export function render({ model, el }) {
  const frame = make("div", "frame")
  const scroll = make("div", "scroll")
  const table = make("table")
  const head = make("thead")
  const body = make("tbody")
  const empty = make("div", "empty")
  const pager = make("div", "pager")
  table.setAttribute("role", "grid")
  table.append(head, body)
  scroll.append(table, empty)
  frame.append(scroll, pager)

  const rows = new Map() // id → {line, check, cells: [{cell, kind, mark}]}
  let focused = "" // id of the one row that Tab reaches
  let anchor = "" // id from which Shift extends a selection

  const many = () => model.selectable === "many"
  const isSelected = (id) => model.selected.includes(id)
  const ids = () => [...body.children].map((line) => line.dataset.id)

  const select = (id, on, extend = false) => {
    const all = ids()
    const range = extend && all.includes(anchor) ? [all.indexOf(anchor), all.indexOf(id)].sort((a, b) => a - b) : null
    const touched = range ? all.slice(range[0], range[1] + 1) : [id]
    const rest = model.selected.filter((one) => !touched.includes(one))
    model.selected = on ? [...rest, ...touched] : rest
    anchor = id
  }
  const open = (id) => {
    if (model.selectable === "one") model.selected = [id]
    model.opened = id
  }
  const focus = (id) => {
    focused = id
    for (const line of body.children) {
      const here = line.dataset.id === id ? "0" : "-1"
      set(line, "tabindex", here)
      for (const button of line.querySelectorAll("button.copy")) set(button, "tabindex", here)
    }
  }

  // ---- head: rebuilt only when the columns change
  let heads = []
  let checkAll = null
  const drawHead = () => {
    const line = make("tr")
    heads = []
    checkAll = null
    if (many()) {
      const cell = make("th", "check")
      cell.scope = "col"
      checkAll = make("input")
      checkAll.type = "checkbox"
      checkAll.setAttribute("aria-label", "Select all rows of this page")
      checkAll.addEventListener("change", () => {
        const here = ids()
        const rest = model.selected.filter((id) => !here.includes(id))
        model.selected = checkAll.checked ? [...rest, ...here] : rest
      })
      cell.append(checkAll)
      line.append(cell)
    }
    for (const column of model.columns) {
      const cell = make("th", classes(column))
      cell.scope = "col"
      if (column.width && !column.wrap && column.kind !== "name") cell.style.width = `${column.width}px`
      if (column.sortable) {
        const button = make("button")
        button.type = "button"
        button.append(make("span", "", column.title), make("span", "arrow"))
        button.addEventListener("click", () => {
          model.sort = model.sort === column.key ? `-${column.key}` : column.key
          if (model.page !== 1) model.page = 1
        })
        cell.append(button)
      } else write(cell, column.title)
      heads.push([cell, column.key])
      line.append(cell)
    }
    head.replaceChildren(line)
    body.replaceChildren()
    rows.clear()
  }
  const markSort = () => {
    for (const [cell, key] of heads) {
      set(cell, "aria-sort", model.sort === key ? "ascending" : model.sort === `-${key}` ? "descending" : null)
    }
  }

  // ---- body: lines are kept by id, cells patched by value
  const makeLine = (id) => {
    const line = make("tr")
    line.dataset.id = id
    line.tabIndex = -1
    const known = { line, check: null, cells: [] }
    if (many()) {
      const cell = make("td", "check")
      known.check = make("input")
      known.check.type = "checkbox"
      known.check.tabIndex = -1
      known.check.addEventListener("click", (event) => {
        event.stopPropagation()
        select(id, known.check.checked, event.shiftKey)
      })
      cell.append(known.check)
      line.append(cell)
    }
    for (const column of model.columns) {
      const cell = make("td", classes(column))
      if (column.width) cell.style[column.wrap || column.kind === "name" ? "minWidth" : "maxWidth"] = `${column.width}px`
      const kind = kinds[column.kind]
      kind.build(cell, column)
      known.cells.push({ cell, kind, mark: undefined })
      line.append(cell)
    }
    return known
  }
  const drawRows = () => {
    const wanted = new Set(model.rows.map((row) => row.id))
    const hadFocus = body.contains(body.getRootNode().activeElement)
    for (const [id, known] of rows) {
      if (!wanted.has(id)) {
        known.line.remove()
        rows.delete(id)
      }
    }
    model.rows.forEach((row, i) => {
      if (!rows.has(row.id)) rows.set(row.id, makeLine(row.id))
      const known = rows.get(row.id)
      if (body.children[i] !== known.line) body.insertBefore(known.line, body.children[i] ?? null)
      set(known.line, "aria-rowindex", String((model.page - 1) * model.page_size + i + 2))
      model.columns.forEach((column, j) => {
        const [second, tip] = [column.sub_key, column.tip_key].map((key) => (key ? row[key] : null))
        const mark = JSON.stringify([row[column.key], second, tip])
        const place = known.cells[j]
        if (place.mark !== mark) {
          place.kind.fill(place.cell, row[column.key], second, tip)
          place.mark = mark
        }
      })
      if (known.check) set(known.check, "aria-label", `Select ${shown(row[model.columns[0].key]) || row.id}`)
    })
    if (!rows.has(focused)) focus(model.rows[0]?.id ?? "")
    else focus(focused)
    // A moved line loses the focus; give it back to the same row.
    if (hadFocus && !body.contains(body.getRootNode().activeElement)) rows.get(focused)?.line.focus({ preventScroll: true })
    empty.hidden = model.rows.length > 0
    write(empty, model.empty)
  }
  const markRows = () => {
    const chosen = new Set(model.selected)
    for (const [id, known] of rows) {
      set(known.line, "aria-selected", model.selectable === "none" ? null : String(chosen.has(id)))
      set(known.line, "aria-current", model.opened === id ? "true" : null)
      if (known.check && known.check.checked !== chosen.has(id)) known.check.checked = chosen.has(id)
    }
    if (checkAll) {
      const here = ids().filter((id) => chosen.has(id)).length
      checkAll.checked = here > 0 && here === rows.size
      checkAll.indeterminate = here > 0 && here < rows.size
    }
  }

  // ---- pager: exact totals, and what is selected beyond this page
  const place = make("span")
  const chosen = make("span")
  const clear = make("button", "", "Clear selection")
  const before = make("button", "", "Previous")
  const after = make("button", "", "Next")
  for (const button of [clear, before, after]) button.type = "button"
  clear.addEventListener("click", () => (model.selected = []))
  before.addEventListener("click", () => (model.page -= 1))
  after.addEventListener("click", () => (model.page += 1))
  pager.append(place, chosen, clear, make("span", "grow"), before, after)
  const drawPager = () => {
    const total = Math.max(model.total, model.rows.length)
    const first = (model.page - 1) * model.page_size
    const picked = many() ? model.selected.length : 0
    const paged = total > model.page_size || model.page > 1
    write(place, model.rows.length ? `${shown(first + 1)}–${shown(first + model.rows.length)} of ${shown(total)}` : `0 of ${shown(total)}`)
    write(chosen, picked ? `${shown(picked)} selected` : "")
    for (const node of [chosen, clear]) node.hidden = picked === 0
    for (const node of [before, after]) node.hidden = !paged
    const [atStart, atEnd] = [model.page <= 1, first + model.page_size >= total]
    if (before.disabled !== atStart) before.disabled = atStart
    if (after.disabled !== atEnd) after.disabled = atEnd
    pager.hidden = !paged && picked === 0
    table.classList.toggle("paged", !pager.hidden)
    set(table, "aria-rowcount", String(total + 1))
  }

  // ---- mouse and keyboard
  const lineOf = (event) => event.target.closest("tbody tr")
  body.addEventListener("click", (event) => {
    const line = lineOf(event)
    if (!line || getSelection()?.type === "Range") return // text is being marked to copy, not a row clicked
    focus(line.dataset.id)
    if (many() && (event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("td.check"))) {
      select(line.dataset.id, event.shiftKey || !isSelected(line.dataset.id), event.shiftKey)
    } else if (model.opens) open(line.dataset.id)
  })
  body.addEventListener("keydown", (event) => {
    const line = lineOf(event)
    if (!line) return
    const all = [...body.children]
    const here = all.indexOf(line)
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key]
    if (to !== undefined) {
      const next = all[Math.min(all.length - 1, Math.max(0, to))]
      focus(next.dataset.id)
      next.focus()
      if (many() && event.shiftKey) select(next.dataset.id, true, true)
    } else if (event.key === "Enter" && model.opens) open(line.dataset.id)
    else if (event.key === " " && many()) select(line.dataset.id, !isSelected(line.dataset.id), event.shiftKey)
    else if (event.key === " " && model.opens) open(line.dataset.id)
    else return
    event.preventDefault()
  })

  const shape = () => {
    table.className = [model.selectable, model.opens ? "opens" : ""].join(" ")
    set(table, "aria-label", model.caption || null)
    set(table, "aria-multiselectable", many() ? "true" : null)
    drawHead()
  }
  // Several properties arrive together: draw once.
  let due = new Set()
  const later = (...what) => {
    if (due.size === 0) queueMicrotask(draw)
    what.forEach((one) => due.add(one))
  }
  const draw = () => {
    const now = due
    due = new Set()
    if (now.has("shape")) shape()
    if (now.has("shape") || now.has("rows")) drawRows()
    markSort()
    markRows()
    drawPager()
  }
  model.on(["columns", "selectable", "opens", "caption"], () => later("shape"))
  model.on(["rows", "total", "page", "page_size", "empty"], () => later("rows"))
  model.on(["selected", "opened", "sort"], () => later("marks"))
  due.add("shape")
  draw()
  return frame
}
