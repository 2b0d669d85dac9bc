// "/" goes to the desk's search and "?" to the page about keys, where they can be switched off: whoever speaks to
// their machine, or touches keys without meaning it, needs none of them.
(() => {
  const OFF = "keys-off";
  const search = document.getElementById("desk-search");
  const help = document.getElementById("desk-keys");
  const isOff = () => {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false;
    }
  };
  const isTyping = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isOff() || isTyping(event.target)) return;
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "?" && help) {
      event.preventDefault();
      help.click();
    }
  });

  const choice = document.querySelector("[data-keys]");
  if (!choice) return;
  const [off, on] = [choice.querySelector("[data-keys-off]"), choice.querySelector("[data-keys-on]")];
  const draw = () => {
    off.hidden = isOff();
    on.hidden = !isOff();
  };
  const keep = (value) => () => {
    try {
      localStorage.setItem(OFF, value);
    } catch {
      // A browser that keeps nothing has them on.
    }
    draw();
  };
  off.addEventListener("click", keep("1"));
  on.addEventListener("click", keep(""));
  choice.hidden = false;
  draw();
})();
