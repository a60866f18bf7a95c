// jupyter_bokeh sends every change it has been sent back again (it does not look at `sync`): an echo that comes after a key
// stroke or a later change would undo it.
const hush = (document) => {
  if (Object.hasOwn(document, "_trigger_on_change")) return // is hushed
  const trigger = document._trigger_on_change
  document._trigger_on_change = (event) => event.sync !== false && trigger.call(document, event)
}
