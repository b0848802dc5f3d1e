// The highest of many values, fast: a pixel of the chart stands for many calls, and
// shows the highest one, so that no peak is lost.

class Peaks {
  constructor(values) {
    this.values = values;
    this.size = 64;
    this.best = new Uint32Array(Math.ceil(values.length / this.size));
    for (let block = 0; block < this.best.length; block++) {
      const first = block * this.size;
      this.best[block] = this.slow(first, Math.min(first + this.size, values.length) - 1);
    }
  }

  /** The index of the highest value from `first` to `last`, both included. */
  highest(first, last) {
    let best = first;
    for (let i = first; i <= last; ) {
      const whole = i % this.size === 0 && i + this.size - 1 <= last;
      const one = whole ? this.best[i / this.size] : i;
      if (this.values[one] > this.values[best]) best = one;
      i += whole ? this.size : 1;
    }
    return best;
  }

  slow(first, last) {
    let best = first;
    for (let i = first + 1; i <= last; i++) if (this.values[i] > this.values[best]) best = i;
    return best;
  }
}
