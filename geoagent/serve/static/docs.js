// The API as a page, made from its OpenAPI document.
import { api, h, notice } from "./basics.js";

const title = (schema) => schema.$ref ? schema.$ref.split("/").at(-1) : schema.anyOf ? schema.anyOf.map(title).join(" or ")
  : schema.enum ? schema.enum.join(" | ") : schema.type === "array" ? `list of ${title(schema.items ?? {})}` : schema.type ?? "any";

function fields(properties, required = []) {
  return h("dl", { class: "fields-of" }, ...Object.entries(properties).flatMap(([name, schema]) => [
    h("dt", {}, h("code", {}, name), required.includes(name) ? " (needed)" : ""),
    h("dd", {}, [title(schema), schema.description].filter(Boolean).join(": ")),
  ]));
}

function operation(path, method, told, schemas) {
  const parameters = Object.fromEntries((told.parameters ?? []).map((each) => [`${each.name} (${each.in})`, { ...each.schema, description: each.description }]));
  const [kind, body] = Object.entries(told.requestBody?.content ?? {})[0] ?? [];
  const shape = body && (body.schema.$ref ? schemas[title(body.schema)] : body.schema);
  const answers = Object.entries(told.responses).map(([status, answer]) => {
    const content = Object.entries(answer.content ?? {}).map(([media, { schema }]) => schema && Object.keys(schema).length ? title(schema) : media);
    return h("li", {}, h("code", {}, status), ` ${[answer.description, ...content].join(": ")}`);
  });
  return h("details", {},
    h("summary", {}, h("code", {}, `${method.toUpperCase()} ${path}`)),
    h("p", {}, told.description ?? told.summary ?? ""),
    ...(Object.keys(parameters).length ? [h("h3", {}, "Parameters"), fields(parameters)] : []),
    ...(shape ? [h("h3", {}, `Body, ${kind}`), fields(shape.properties ?? {}, shape.required)] : []),
    h("h3", {}, "Answers"), h("ul", {}, ...answers));
}

try {
  const { info, paths, components: { schemas } } = await api("/openapi.json");
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]) => operation(path, method, told, schemas)));
  const shapes = Object.entries(schemas).filter(([, schema]) => schema.properties).map(([name, schema]) =>
    h("details", {}, h("summary", {}, h("code", {}, name)), h("p", {}, schema.description ?? ""), fields(schema.properties, schema.required)));
  document.getElementById("main").append(
    h("p", { class: "note" }, `${info.title} ${info.version}. ${info.summary}`),
    h("h2", {}, "Requests"), ...operations, h("h2", {}, "Shapes"), ...shapes);
} catch (error) {
  notice(error.message);
}
