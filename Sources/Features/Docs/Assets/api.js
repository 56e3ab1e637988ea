// Shows the hub's own OpenAPI document; requests go to the hub that served the page, and nowhere else.
if (window.SwaggerUIBundle === undefined) {
  document.getElementById("missing").hidden = false;
} else {
  window.ui = window.SwaggerUIBundle({
    url: "/api/v1/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    docExpansion: "none",
    filter: true,
    displayRequestDuration: true,
    tryItOutEnabled: true,
    // Keys and tokens are gone when the page is.
    persistAuthorization: false,
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
  });
}
