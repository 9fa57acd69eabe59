;; Asks for the network, which no module may: refused at install, before anything else is looked at.
(component
  (import "wasi:http/outgoing-handler@0.2.6" (instance
    (export "handle" (func))))
)
