// Asks the device for a passkey and sends its answer with the form; without scripts the button stays hidden.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
  const listed = (keys) => (keys || []).map((key) => ({ ...key, id: bytes(key.id) }));

  const readable = (credential) => ({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: Object.fromEntries(
      ["attestationObject", "authenticatorData", "clientDataJSON", "signature", "userHandle"]
        .filter((part) => credential.response[part])
        .map((part) => [part, text(credential.response[part])]),
    ),
  });

  const ask = (kind, options) => {
    const publicKey = { ...options, challenge: bytes(options.challenge) };
    if (kind === "get") {
      return navigator.credentials.get({ publicKey: { ...publicKey, allowCredentials: listed(options.allowCredentials) } });
    }
    publicKey.user = { ...options.user, id: bytes(options.user.id) };
    publicKey.excludeCredentials = listed(options.excludeCredentials);
    return navigator.credentials.create({ publicKey });
  };

  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        const credential = await ask(button.dataset.passkey, JSON.parse(button.dataset.options));
        button.form.elements[button.dataset.answer].value = JSON.stringify(readable(credential));
        button.form.requestSubmit();
      } catch {
        // Cancelled or refused by the device: the page stays as it is.
      }
    });
  }
})();
