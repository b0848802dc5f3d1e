// Copyright The gosbrk Authors. All rights reserved.
// Use of this source code is governed by a BSD-style license that can be found
// in the LICENSE file of gosbrk.

// Takes what a Go program records of its memory, one that `gosbrk trace wasm build --os js`
// has compiled. Load it before or behind Go's wasm_exec.js, and use Go's class Go as ever.
//
// In a page the recording is kept in memory: go.recording() is a Blob of it, and
// go.saveRecording("x.gosbrk") has the browser save it; both at any time.
// Under Node it is written to the file that GOSBRK=trace=FILE names:
//
//     GOSBRK=trace=x.gosbrk node --require ./gosbrk.js wasm_exec_node.js x.wasm
"use strict";

(() => {
  const magic = "GOSBRKT\n";
  const fs = typeof process === "object" && process.versions?.node ? require("fs") : null;

  /** Keeps what is written. */
  class Kept {
    parts = [];
    write(bytes) {
      this.parts.push(bytes.slice());
    }
    close() {}
  }

  /** Writes to a file. One that is there is replaced if it is a recording. */
  class Written {
    constructor(file) {
      try {
        this.file = fs.openSync(file, "wx");
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
        if (fs.readFileSync(file).subarray(0, 8).toString("latin1") !== magic) {
          throw new Error(file + " is there and is not a recording; it was left as it is");
        }
        fs.unlinkSync(file);
        this.file = fs.openSync(file, "wx");
      }
    }
    write(bytes) {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.file, bytes, at);
    }
    close() {
      fs.closeSync(this.file);
    }
  }

  /** The file that GOSBRK=trace=FILE names, the last one. */
  function asked() {
    const settings = (process.env.GOSBRK ?? "").split(",");
    const files = settings.filter((one) => one.startsWith("trace="));
    return files.length > 0 ? files[files.length - 1].slice("trace=".length) : "";
  }

  /** What the program imports. */
  function imports(go) {
    let to = null;
    const attempt = (what, otherwise) => {
      try {
        return what();
      } catch (error) {
        console.error("gosbrk: " + otherwise + ": " + error.message);
        return 1;
      }
    };
    return {
      open() {
        const file = fs ? asked() : "";
        if (fs && file === "") return 0;
        const failed = attempt(() => {
          to = fs ? new Written(file) : new Kept();
          go.recorded = to;
          return 0;
        }, "this program is not recorded");
        return failed ? 0 : 1;
      },
      write(at, size) {
        const bytes = new Uint8Array(go._inst.exports.mem.buffer, at >>> 0, size >>> 0);
        return attempt(() => {
          to.write(bytes);
          return 0;
        }, "the trace ends here");
      },
      close() {
        attempt(() => to.close(), "the trace is not closed");
      },
    };
  }

  const recording = (Go) =>
    class extends Go {
      recorded = null;

      constructor() {
        super();
        this.importObject.gosbrk = imports(this);
      }

      /** What was recorded up to now. */
      recording() {
        return new Blob(this.recorded?.parts ?? [], { type: "application/octet-stream" });
      }

      /** Has the browser save it. */
      saveRecording(name) {
        const link = document.createElement("a");
        link.href = URL.createObjectURL(this.recording());
        link.download = name;
        link.click();
        URL.revokeObjectURL(link.href);
      }
    };

  if (globalThis.Go) {
    globalThis.Go = recording(globalThis.Go);
    return;
  }
  let known;
  Object.defineProperty(globalThis, "Go", {
    configurable: true,
    get: () => known,
    set: (Go) => {
      known = recording(Go);
    },
  });
})();
