// Keeps what somebody types into a form with a long text, by itself, a few seconds after they pause.
(() => {
  const { keep, kept, failed } = document.currentScript.dataset;
  const pause = 4000;

  const follow = (form) => {
    const told = document.createElement("p");
    told.className = "soft";
    told.setAttribute("role", "status");
    form.append(told);
    const leaving = new AbortController();
    let waiting;

    const send = async () => {
      const body = new FormData(form);
      for (const [name, value] of [...body]) if (value instanceof File) body.delete(name);
      body.append("draft_action", new URL(form.action).pathname + new URL(form.action).search);
      try {
        const answer = await fetch(keep, { method: "POST", body, redirect: "manual", signal: leaving.signal });
        told.textContent = answer.status === 204 ? `${kept} ${new Date().toLocaleTimeString()}` : failed;
      } catch {
        told.textContent = failed;
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(send, pause);
    });
    form.addEventListener("submit", () => {
      clearTimeout(waiting);
      leaving.abort();
    });
  };

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll('form[method="post"]')) {
      if (form.querySelector("textarea") && form.querySelector('input[name="written_in"]')) follow(form);
    }
  });
})();
