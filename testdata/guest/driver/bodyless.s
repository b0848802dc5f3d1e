// With an assembly file in the package the compiler accepts functions without
// a body: here, those of the runtime that are reached through linkname.
