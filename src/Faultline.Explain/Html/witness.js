// Stepping through the schedule: buttons, slider, keys, a step by its fragment (#step-8).
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = id => document.getElementById(id);
  const picture = makePicture(data);
  const slider = at("slider"), timeline = document.querySelector(".timeline"), cursor = document.querySelector(".cursor");
  const steps = [...document.querySelectorAll(".step")], numbers = steps.map(s => s.querySelector(".number"));
  const bars = [...document.querySelectorAll(".bar.call")].map(bar => ({ bar, from: +bar.dataset.from, to: +bar.dataset.to, now: false }));
  const controls = document.querySelector(".controls");
  const cpus = [...document.querySelectorAll(".cpu")];
  let current = -1, linking = 0;

  function placeCursor() {
    if (current < 1) {
      cursor.style.height = "0";
      return;
    }
    const lines = steps[current - 1].querySelectorAll(".line");
    const origin = timeline.getBoundingClientRect().top;
    const top = lines[0].getBoundingClientRect().top - origin, bottom = lines[lines.length - 1].getBoundingClientRect().bottom - origin;
    cursor.style.transform = `translateY(${top}px)`;
    cursor.style.height = `${bottom - top}px`;
  }

  function markBars() {
    for (const span of bars) {
      const now = span.from <= current && current <= span.to;
      if (now !== span.now) span.bar.classList.toggle("now", span.now = now);
    }
  }

  function markStep(before) {
    if (before > 0) {
      steps[before - 1].classList.remove("current");
      numbers[before - 1].removeAttribute("aria-current");
      numbers[before - 1].tabIndex = -1;
    }
    const focusable = Math.max(current, 1) - 1;
    numbers[focusable].tabIndex = 0;
    if (current > 0) {
      steps[focusable].classList.add("current");
      numbers[focusable].setAttribute("aria-current", "step");
    }
  }

  function measure() {
    document.documentElement.style.setProperty("--top", `${controls.offsetHeight}px`);
  }

  function reveal(number) {
    const box = number.getBoundingClientRect();
    if (box.top < controls.offsetHeight + 60 || box.bottom > innerHeight - 60) number.scrollIntoView({ block: "nearest" });
  }

  // Scrolls no more than it must, and not at all before the reader has done something.
  function go(step, scroll = true) {
    step = Math.min(Math.max(step, 0), data.steps);
    if (step === current) return;
    const before = current;
    current = step;
    slider.value = step;
    slider.setAttribute("aria-valuetext", step === 0 ? "start" : `step ${step} of ${data.steps}, ${data.said[step]}`);
    at("count").textContent = `${step} of ${data.steps}`;
    at("said").textContent = data.said[step];
    at("state-title").textContent = step === 0 ? "State before the first step" : `State after step ${step}`;
    picture.show(step);
    placeCursor();
    markBars();
    markStep(before);
    const lane = step > 0 ? steps[step - 1].dataset.lane : "";
    cpus.forEach((cpu, i) => cpu.classList.toggle("runs", String(i) === lane));
    if (scroll) {
      reveal(numbers[Math.max(step, 1) - 1]);
      clearTimeout(linking);
      linking = setTimeout(() => history.replaceState(null, "", `#step-${current}`), 200);
    }
  }

  const switchAfter = step => data.switches.find(s => s > step) ?? data.steps;
  const switchBefore = step => data.switches.findLast(s => s < step) ?? 0;
  const moves = {
    "start": () => 0, "end": () => data.steps, "back": () => current - 1, "forward": () => current + 1,
    "switch-back": () => switchBefore(current), "switch-forward": () => switchAfter(current), "wrong": () => data.shown,
  };
  const keys = {
    ArrowLeft: "back", ArrowRight: "forward", k: "back", j: "forward", g: "start", G: "end", f: "wrong",
    "Shift+ArrowLeft": "switch-back", "Shift+ArrowRight": "switch-forward", K: "switch-back", J: "switch-forward",
  };

  function stepOfFragment() {
    const match = /^#step-(\d+)$/.exec(location.hash);
    return match && +match[1] <= data.steps ? +match[1] : -1;
  }

  for (const id of Object.keys(moves)) at(id).addEventListener("click", () => go(moves[id]()));
  slider.addEventListener("input", () => go(+slider.value));
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey || (event.target === slider && event.key.length > 1 && !event.shiftKey)) return;
    const move = moves[keys[(event.shiftKey && event.key.length > 1 ? "Shift+" : "") + event.key]];
    if (!move) return;
    event.preventDefault();
    go(move());
    if (document.activeElement?.classList.contains("number")) numbers[Math.max(current, 1) - 1].focus({ preventScroll: true });
  });
  timeline.addEventListener("click", event => {
    const step = event.target.closest(".step"), link = event.target.closest(".seen a");
    if (!step) return;
    event.preventDefault();
    go(+(link ? link.hash.slice(6) : step.dataset.step));
  });
  addEventListener("hashchange", () => {
    if (stepOfFragment() >= 0) go(stepOfFragment());
  });
  addEventListener("resize", () => {
    measure();
    const step = current;
    current = -1;
    go(step, false);
  });
  measure();
  for (const number of numbers) number.tabIndex = -1;
  go(stepOfFragment() >= 0 ? stepOfFragment() : data.shown, stepOfFragment() >= 0);
  document.documentElement.dataset.ready = Math.round(performance.now());
})();
