/**
 * Three rules that no linter has for us: failures belong in the error channel, types are not talked out of their meaning,
 * and an effect that nobody yields never runs.
 */

const rule = (message, visitors) => ({
  create: (context) => visitors((node) => context.report({ node, message }))
})

const saysNothing = (type) => type.type === "TSUnknownKeyword" || type.type === "TSAnyKeyword"

const noThrow = rule("Fail in the error channel, or return a value: nothing throws here.", (report) => ({
  ThrowStatement: (node) => report(node)
}))

const noDoubleAssertion = rule("An assertion through unknown proves nothing: decode, or narrow.", (report) => ({
  TSAsExpression(node) {
    const inner = node.expression
    if (inner.type === "TSAsExpression" && saysNothing(inner.typeAnnotation)) report(node)
  }
}))

const noFloatingEffect = rule("This effect is described and then dropped: yield it.", (report) => ({
  ExpressionStatement(node) {
    const call = node.expression
    if (call.type !== "CallExpression" || call.callee.type !== "MemberExpression") return
    // `Effect.x().pipe(…)` starts at the same name as `Effect.x()`.
    let root = call.callee.object
    while (root.type === "CallExpression" || root.type === "MemberExpression") {
      root = root.type === "CallExpression" ? root.callee : root.object
    }
    if (root.type === "Identifier" && root.name === "Effect") report(node)
  }
}))

export default {
  meta: { name: "branchline" },
  rules: {
    "no-throw": noThrow,
    "no-double-assertion": noDoubleAssertion,
    "no-floating-effect": noFloatingEffect
  }
}
