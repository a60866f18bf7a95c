// Puts a text on the clipboard; goes in front of a component's own code. Pages served over plain http from another machine
// have no navigator.clipboard, hence the old way. Returns whether it worked.
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement("textarea")
    area.value = text
    area.style.cssText = "position: fixed; opacity: 0"
    document.body.append(area)
    area.select()
    const done = document.execCommand("copy")
    area.remove()
    return done
  }
}

// The button says for a moment what became of it.
async function copyFrom(button, text) {
  const label = (button.dataset.label ??= button.textContent)
  const done = await copyText(text)
  button.focus({ preventScroll: true })
  button.textContent = done ? "Copied" : "Copy failed"
  setTimeout(() => (button.textContent = label), 1500)
}

