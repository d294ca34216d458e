
"use strict";
(function () {
  function copied(button, ok) {
    button.textContent = ok ? "Copied" : "Select and copy by hand";
    setTimeout(function () { button.textContent = "Copy"; }, 2500);
  }
  function selectAndCopy(node) {
    var range = document.createRange();
    range.selectNodeContents(node);
    var selection = getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    try { return document.execCommand("copy"); } catch (refused) { return false; }
  }
  document.querySelectorAll(".paste").forEach(function (box) {
    var text = box.querySelector("pre");
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", "Copy " + (box.getAttribute("data-what") || "this text"));
    button.addEventListener("click", function () {
      if (navigator.clipboard && isSecureContext) {
        navigator.clipboard.writeText(text.textContent).then(
          function () { copied(button, true); },
          function () { copied(button, selectAndCopy(text)); });
      } else {
        copied(button, selectAndCopy(text));
      }
    });
    box.appendChild(button);
  });
})();
