"""The library over HTTP. `app.create_app` puts it together; `routes/` holds what can be asked."""
