// Dates that a bot sends as `tg-time`, shown as Telegram shows them: by a format of letters.
//
// r: relative; w: weekday; d, D: short and long date; t, T: time without and with seconds.

const ZONE = { timeZone: "Africa/Nairobi" };
const PARTS = {
  w: { weekday: "long" },
  d: { day: "2-digit", month: "2-digit", year: "2-digit" },
  D: { day: "numeric", month: "long", year: "numeric" },
  t: { hour: "2-digit", minute: "2-digit" },
  T: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};
const UNITS = [
  ["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3600], ["minute", 60],
];

export function formatTime(at, format, now) {
  if (format === "r") return relative((at - now) / 1000);
  const parts = [...format].map((letter) => PARTS[letter] ?? {});
  return new Intl.DateTimeFormat("en-GB", Object.assign({}, ZONE, ...parts)).format(at);
}

function relative(seconds) {
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ["second", 1];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  return words.format(Math.round(seconds / length), unit);
}
