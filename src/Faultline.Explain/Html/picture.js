// The state at each step: values of chips, arrows from what points to a page of memory to that page.
"use strict";
function makePicture(data) {
  const chips = [...document.querySelectorAll("[data-chip]")].sort((a, b) => a.dataset.chip - b.dataset.chip);
  const frames = new Map([...document.querySelectorAll("[data-frame]")].map(f => [f.dataset.frame, f]));
  const picture = document.getElementById("picture");
  const arrows = picture.querySelector(".arrows");
  const states = [Int32Array.from(data.first)];
  for (const changes of data.changes) {
    const next = states[states.length - 1].slice();
    for (let i = 0; i < changes.length; i += 2) next[changes[i]] = changes[i + 1];
    states.push(next);
  }
  const drawn = new Int32Array(chips.length).fill(-1);
  let marked = [], width = 0;

  function unmark() {
    for (const chip of marked) {
      chip.classList.remove("changed");
      chip.parentElement.querySelector(".was")?.remove();
      chip.parentElement.querySelector(".hidden")?.remove();
    }
    marked = [];
  }

  function mark(number, before) {
    const chip = chips[number];
    chip.classList.add("changed");
    const was = document.createElement("span");
    was.className = "was";
    was.textContent = "was " + data.values[before];
    chip.after(was);
    const changed = document.createElement("span");
    changed.className = "hidden";
    changed.textContent = "changed: ";
    chip.before(changed);
    marked.push(chip);
  }

  function show(step) {
    const state = states[step], before = step > 0 ? states[step - 1] : state;
    unmark();
    for (let i = 0; i < chips.length; i++) {
      if (drawn[i] !== state[i]) {
        drawn[i] = state[i];
        chips[i].textContent = data.values[state[i]];
      }
      if (state[i] !== before[i]) mark(i, before[i]);
    }
    reveal();
    connect(state, before);
  }

  // The picture may be taller than its panel: what changes is scrolled to, within the panel.
  function reveal() {
    const chip = marked.find(c => picture.contains(c)), panel = picture.parentElement;
    if (!chip || panel.scrollHeight <= panel.clientHeight) return;
    const box = chip.getBoundingClientRect(), view = panel.getBoundingClientRect();
    if (box.top < view.top + 40 || box.bottom > view.bottom - 40) panel.scrollTop += box.top - view.top - view.height / 3;
  }

  function connect(state, before) {
    const origin = picture.getBoundingClientRect();
    if (width !== origin.width) {
      width = origin.width;
      picture.style.setProperty("--picture-width", `${width}px`); // on paper it stays as wide, so that the arrows fit
    }
    const lines = [];
    for (let i = 0; i < chips.length; i++) {
      const frame = frames.get(data.targets[state[i]]);
      if (frame) lines.push([chips[i], frame.getBoundingClientRect(), state[i] !== before[i]]);
    }
    arrows.replaceChildren(...lines.flatMap(([chip, to, changed]) => line(chip, to, changed, origin)));
  }

  // From the edge of the chip's box, at the height of the chip.
  function line(chip, to, changed, origin) {
    const from = chip.getBoundingClientRect(), box = chip.closest(".box").getBoundingClientRect(), fromLeft = box.left < to.left;
    const x1 = (fromLeft ? box.right : box.left) - origin.left, y1 = from.top + from.height / 2 - origin.top;
    const x2 = (fromLeft ? to.left : to.right) - origin.left, y2 = to.top + Math.min(16, to.height / 2) - origin.top;
    const middle = (x1 + x2) / 2, svg = "http://www.w3.org/2000/svg";
    const path = document.createElementNS(svg, "path"), dot = document.createElementNS(svg, "circle");
    path.setAttribute("d", `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`);
    path.setAttribute("class", (changed ? "changed " : "") + (chip.closest(".pair.c-tlb") ? "tlb" : ""));
    dot.setAttribute("cx", x2);
    dot.setAttribute("cy", y2);
    dot.setAttribute("r", 3);
    dot.setAttribute("class", changed ? "changed" : "");
    return [path, dot];
  }

  return { show };
}
