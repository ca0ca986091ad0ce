// Reads {schemas, cases: [[schema number, instance], ...]} and prints one 0 or 1 a case, by Ajv.
const Ajv = require(require.resolve("ajv/dist/2020", { paths: [process.argv[2]] }));

let text = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (part) => (text += part));
process.stdin.on("end", () => {
  const { schemas, cases } = JSON.parse(text);
  const ajv = new Ajv({ strict: false, unicodeRegExp: true });
  const compiled = schemas.map((schema) => ajv.compile(schema));
  process.stdout.write(cases.map(([number, instance]) => (compiled[number](instance) ? "1" : "0")).join(""));
});
