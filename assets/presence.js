// Tells Python whether anybody can see the view: the browser's tab, JupyterLab's tab, and this part of the notebook. Says so again
// from time to time, since a browser that is gone says nothing.
const AGAIN = 20000

export function render({ model }) {
  const node = document.createElement("span")
  let near = false
  const say = () => {
    const seen = near && document.visibilityState === "visible"
    if (seen) model.seen = Date.now() / 1000
    else if (model.seen) model.seen = 0
  }
  const observer = new IntersectionObserver((entries) => {
    near = entries.at(-1).isIntersecting
    say()
  })
  const again = setInterval(say, AGAIN)
  document.addEventListener("visibilitychange", say)
  model.on("after_render", () => {
    let host = node.getRootNode().host
    while (host?.getRootNode().host) host = host.getRootNode().host
    if (host) observer.observe(host)
  })
  model.on("remove", () => {
    clearInterval(again)
    observer.disconnect()
    document.removeEventListener("visibilitychange", say)
  })
  return node
}
