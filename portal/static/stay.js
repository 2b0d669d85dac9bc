// Says so two minutes before the page closes, and stays without leaving it.
(() => {
  const told = document.getElementById("stay");
  if (!told) return;

  const [words, link] = [told.querySelector("span"), told.querySelector("a")];
  const before = words.textContent;
  let waiting;

  const wait = () => {
    clearTimeout(waiting);
    words.textContent = before;
    told.classList.remove("notice");
    waiting = setTimeout(() => {
      words.textContent = told.dataset.soon;
      told.classList.add("notice");
      told.scrollIntoView({ block: "center" });
    }, (Number(told.dataset.minutes) - 2) * 60_000);
  };
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(link.href, { redirect: "manual" });
      if (answer.ok) wait();
      else window.open(link.href, "_blank", "noopener");
    } catch {
      window.open(link.href, "_blank", "noopener");
    }
  });
  wait();
})();
