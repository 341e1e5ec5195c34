// Run the code of a page on a machine that Binder lends, and show its outputs in the page.
// https://binderhub.readthedocs.io/en/latest/api.html
// https://jupyter-client.readthedocs.io/en/stable/messaging.html

const COLOURS = /\x1b\[[0-9;]*m/g; // of a terminal

// The address and the token of a server. Until there is one, Binder tells how far it is.
function lend(binder, say) {
  return new Promise((done, fail) => {
    const events = new EventSource(binder);
    events.onerror = () => {
      events.close();
      fail(Error("Binder cannot be reached"));
    };
    events.onmessage = ({ data }) => {
      const { phase, message, url, token } = JSON.parse(data);
      if (phase == "ready" || phase == "failed") events.close();
      if (phase == "ready") done({ url, token });
      else if (phase == "failed") fail(Error(`Binder failed: ${message}`));
      else say(`Binder prepares a machine (${phase}). The first time takes minutes.`);
    };
  });
}

// A Python that works beside the notebook: run(code, show) and interrupt().
async function connect({ url, token }, path, gone) {
  const post = (where, body) =>
    fetch(url + where, {
      method: "POST",
      headers: { Authorization: `token ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  const answer = await post("api/sessions", { name: path, path, type: "notebook", kernel: { name: "python3" } });
  if (!answer.ok) throw Error(`The machine refused (${answer.status})`);
  const { kernel } = await answer.json();
  const session = crypto.randomUUID();
  const channels = `api/kernels/${kernel.id}/channels?session_id=${session}&token=${token}`;
  const socket = new WebSocket(url.replace(/^http/, "ws") + channels);
  await new Promise((open, fail) => {
    socket.onopen = open;
    socket.onerror = () => fail(Error("The machine does not answer"));
  });

  const running = new Map();
  socket.onmessage = ({ data }) => {
    const { header, parent_header, content } = JSON.parse(data);
    const one = running.get(parent_header.msg_id);
    if (!one) return;
    if (header.msg_type == "error") one.right = false;
    if (header.msg_type == "status" && content.execution_state == "idle") {
      running.delete(parent_header.msg_id);
      one.done(one.right);
    } else {
      one.show(header.msg_type, content);
    }
  };
  socket.onclose = () => {
    for (const one of running.values()) one.done(false);
    gone();
  };

  return {
    interrupt: () => post(`api/kernels/${kernel.id}/interrupt`),
    run(code, show) {
      const msg_id = crypto.randomUUID();
      const header = { msg_id, msg_type: "execute_request", session, username: "", version: "5.3", date: new Date().toISOString() };
      const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true };
      socket.send(JSON.stringify({ channel: "shell", header, parent_header: {}, metadata: {}, content, buffers: [] }));
      return new Promise((done) => running.set(msg_id, { show, done, right: true }));
    },
  };
}

// A cell's old outputs make room for new ones. Figures keep their captions.
function outputs(cell) {
  let place = cell.querySelector(".cell_output");
  if (!place) {
    place = document.createElement("div");
    place.className = "cell_output";
    cell.append(place);
  }
  const figures = [...place.querySelectorAll("figure")];
  place.replaceChildren(...figures);

  const add = (kind, element) => {
    const box = document.createElement("div");
    box.className = `output ${kind}`;
    box.append(element);
    place.append(box);
  };
  const text = (kind, more) => {
    let pre = place.lastElementChild?.matches(`.${kind}`) && place.lastElementChild.firstElementChild;
    if (!pre) {
      pre = document.createElement("pre");
      add(kind, pre);
    }
    pre.append(more.replace(COLOURS, ""));
  };
  const draw = (kind, element) => {
    const figure = figures.shift();
    if (figure) figure.replaceChildren(element, figure.querySelector("figcaption"));
    else add(kind, element);
  };
  return (type, { name, text: more, traceback, data }) => {
    if (type == "stream") text(name, more);
    else if (type == "error") text("error", traceback.join("\n"));
    else if (data?.["image/svg+xml"]) {
      const picture = new Image();
      picture.alt = figures[0]?.querySelector("img")?.alt ?? "";
      picture.src = `data:image/svg+xml,${encodeURIComponent(data["image/svg+xml"])}`;
      draw("image_svg", picture);
    } else if (data?.["text/html"]) {
      draw("text_html", document.createRange().createContextualFragment(data["text/html"]));
    } else if (data) text("text_plain", data["text/plain"]);
  };
}

function enliven(cell, python) {
  const code = cell.querySelector(".cell_input pre");
  code.contentEditable = "plaintext-only";
  code.spellcheck = false;
  for (const [name, value] of Object.entries({ role: "textbox", "aria-multiline": true, "aria-label": "Code" })) {
    code.setAttribute(name, value);
  }
  const button = document.createElement("button");
  button.textContent = "Run";
  cell.querySelector(".cell_input").append(button);
  let busy = false;
  const run = async () => {
    busy = true;
    button.textContent = "Stop";
    for (const end of code.querySelectorAll("br")) end.replaceWith("\n"); // from an editing browser
    const right = await python.run(code.textContent, outputs(cell));
    button.textContent = "Run";
    busy = false;
    return right;
  };
  button.onclick = () => (busy ? python.interrupt() : run());
  code.addEventListener("keydown", (event) => {
    if (event.key == "Enter" && event.shiftKey) {
      event.preventDefault();
      if (!busy) run();
    }
  });
  return run;
}

export async function start(button) {
  const { binder, notebook } = button.dataset;
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  button.parentElement.append(status);
  const say = (words) => (status.textContent = words);
  button.disabled = true;
  try {
    say("Asking Binder for a machine …");
    const python = await connect(await lend(binder, say), notebook, () => say("The machine has gone. Load the page again for a new one."));
    const runs = [...document.querySelectorAll("div.cell")].map((cell) => enliven(cell, python));
    say("Code can now be changed and run. A cell needs those above it.");
    button.textContent = "Run all";
    button.disabled = false;
    button.onclick = async () => {
      button.disabled = true;
      for (const run of runs) if (!(await run())) break;
      button.disabled = false;
    };
  } catch (error) {
    say(`${error.message}. The page is as it was.`);
    button.disabled = false;
    button.onclick = () => {
      status.remove();
      start(button);
    };
  }
}
