/** Sets an own member whatever its name: assigning to `__proto__` would change the prototype instead. */
export const putMember = <T>(target: Record<string, T>, key: string, value: T): void => {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return;
  }
  target[key] = value;
};
