// The browser's side of a page that no frame of ours is around: its address, both ways, and a sign of life.
const BEAT_MS = 20000

export function render({ model, view }) {
  hush(view.model.document)
  let answered = -1 // the number of what was asked for when the address was last set
  const ask = (number) => (model.asked = { number, places: Object.fromEntries(new URLSearchParams(location.search)) })
  const beat = () => (model.beats += 1)
  const follow = () => ask(model.asked.number + 1)
  const show = () => {
    const { answers, places } = model.shown
    if (answers !== model.asked.number) return // the person has gone on meanwhile: another answer follows
    const wanted = new URLSearchParams(location.search)
    const before = wanted.get("page")
    for (const [name, value] of Object.entries(places)) value ? wanted.set(name, value) : wanted.delete(name)
    // "Back" goes to the page before, not to the batch before on the same page; and going back is no step forward.
    const step = answers === answered && before !== wanted.get("page")
    answered = answers
    if (`?${wanted}` === location.search) return
    if (step) history.pushState(null, "", `?${wanted}`)
    else history.replaceState(null, "", `?${wanted}`)
  }
  const timer = setInterval(beat, BEAT_MS)
  window.addEventListener("popstate", follow)
  model.on("shown", show)
  model.on("gone", () => model.gone && location.reload())
  model.on("after_render", () => {
    ask(model.asked.number ?? 0)
    show()
    beat()
  })
  model.on("remove", () => {
    clearInterval(timer)
    window.removeEventListener("popstate", follow)
  })
  return document.createElement("span")
}
