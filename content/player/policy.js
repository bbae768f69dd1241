// A policy that somebody reads and signs.
import { Signing } from "./attest.js";
import { messages } from "./messages.js";
import { Panel } from "./panel.js";

const byId = (id) => document.getElementById(id);
const page = JSON.parse(byId("launch").textContent);
const say = messages();

for (const element of document.querySelectorAll("[data-text]")) element.textContent = say(element.dataset.text);
byId("version").textContent = say("policy_version", { version: page.version });
byId("body").textContent = page.body;
byId("consequence").textContent = page.consequence ?? "";

// Nothing lies below this panel that it would have to shut off.
const panel = new Panel({ panel: byId("panel"), frame: () => ({}) });
const signing = new Signing({ say, panel, form: byId("signing"), language: "", address: "rte/acknowledge", kind: "policy" });
if (page.signed !== null) signing.signed(page.signed);
else signing.ask(page, { focus: false });
