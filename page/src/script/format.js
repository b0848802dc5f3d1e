// Numbers for people. The same as the command prints, to the letter.

/** "83.8 MB": millions of bytes, rounded half up, with a separator from 1,000 on. */
function megabytes(bytes) {
  const tenths = Math.floor((bytes + 50000) / 100000);
  return grouped(Math.floor(tenths / 10)) + "." + (tenths % 10) + " MB";
}

/** "+1.2 MB" or "−1.2 MB", and "0.0 MB" for what rounds to nothing. */
function change(bytes) {
  const text = megabytes(Math.abs(bytes));
  if (text === "0.0 MB") return text;
  return (bytes < 0 ? "\u2212" : "+") + text;
}

/** "64 KiB" for sizes that are powers of two in spirit. */
function kibibytes(bytes) {
  if (bytes < 1024) return bytes + " B";
  const kib = bytes / 1024;
  return (Number.isInteger(kib) ? grouped(kib) : kib.toFixed(1)) + " KiB";
}

/** An integer with separators: "9,625". */
function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "5.214 s" of nanoseconds. */
function seconds(nanoseconds) {
  return (nanoseconds / 1e9).toFixed(3) + " s";
}

/** "+0x4ce00000": an address counted from the base; "0xc000000000" where that is 0. */
function offset(address, base) {
  return base === 0 || address < base ? "0x" + address.toString(16) : "+0x" + (address - base).toString(16);
}

/** Round values between two, at most about `most` of them. */
function ticks(low, high, most) {
  const least = (high - low) / Math.max(1, most);
  if (!(least > 0)) return [];
  const power = 10 ** Math.floor(Math.log10(least));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= least) * power;
  const values = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) values.push(i * step);
  return values;
}
