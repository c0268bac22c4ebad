import fc from "fast-check";
import { expect, test } from "vitest";
import { type Layout, parametersFromJson, parametersToJson } from "../../templates/saving.ts";

const layout: Layout = {
  W: { offset: 0, length: 4, shape: [2, 2] },
  "h.bias": { offset: 4, length: 1, shape: [] },
};
const saved = parametersToJson("net", layout, Float64Array.of(1, 2, 3, 4, 5));

test("every finite number comes back to the bit", () => {
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.tuple(finite, finite, finite, finite, finite), (values) => {
      const found = parametersFromJson(
        "net",
        layout,
        parametersToJson("net", layout, Float64Array.from(values)),
      );
      values.forEach((value, i) => {
        expect(found[i]).toBe(value); // toBe tells −0 from 0
      });
    }),
  );
  expect(parametersFromJson("net", layout, saved)).toEqual(Float64Array.of(1, 2, 3, 4, 5));
});

test("the file can be read by people", () => {
  expect(saved).toBe(`{
  "format": "nabla-parameters-1",
  "network": "net",
  "parameters": [
    {"name": "W", "shape": [2,2], "values": [1, 2, 3, 4]},
    {"name": "h.bias", "shape": [], "values": [5]}
  ]
}
`);
});

test("parameters that diverged are not saved", () => {
  expect(() => parametersToJson("net", layout, Float64Array.of(1, 2, NaN, 4, 5))).toThrow("W[2] is NaN");
  expect(() => parametersToJson("net", layout, Float64Array.of(1, 2, 3, 4, -Infinity))).toThrow(
    "h.bias[0] is -Infinity",
  );
});

test.each([
  ["", "cut short"],
  [saved.slice(0, -20), "cut short"],
  ["null", 'its "format" is not "nabla-parameters-1"'],
  ["[1, 2]", 'its "format" is not "nabla-parameters-1"'],
  ['{"weights": []}', 'its "format" is not "nabla-parameters-1"'],
  [saved.replace('"net"', '"other"'), 'parameters of the network "other", not of "net"'],
  [saved.replace("[2,2]", "[4]"), "the file has W of shape [4] where the network has W of shape [2,2]"],
  [saved.replace('"W"', '"V"'), "the file has V of shape [2,2] where the network has W of shape [2,2]"],
  [saved.replace("1, 2, 3, 4", "1, 2, 3"), "W has 3 values in the file; it needs 4"],
  [saved.replace("[1, 2, 3, 4]", '"1234"'), "W has no values in the file; it needs 4"],
  [saved.replace("3, 4", "null, 4"), "W[2] is null in the file; it must be a finite number"],
  [saved.replace("3, 4", "1e999, 4"), "W[2] is null in the file; it must be a finite number"],
  [saved.replace(/,\n.*h\.bias.*/, ""), "the file holds 1 parameters, the network has 2: W, h.bias"],
  [saved.replace(/"parameters": \[[^]*\]/, '"parameters": 3'), "the file holds 0 parameters"],
  [saved.replace(/\{"name": "W".*\}/, "7"), "the file has 7 where the network has W"],
])("what is wrong is said: %#", (text, message) => {
  expect(() => parametersFromJson("net", layout, text)).toThrow(message);
});
