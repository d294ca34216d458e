
"use strict";
(function () {
  var table = document.getElementById("domains");
  if (!table) { return; }
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var tool = document.getElementById("filter-tool");
  var input = document.getElementById("filter");
  var said = document.getElementById("filter-said");
  tool.hidden = false;
  input.addEventListener("input", function () {
    var wanted = input.value.toLowerCase();
    var shown = 0;
    rows.forEach(function (row) {
      row.hidden = row.textContent.toLowerCase().indexOf(wanted) < 0;
      if (!row.hidden) { shown += 1; }
    });
    said.textContent = wanted ? shown + " of " + rows.length + " domains" : "";
  });
  Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.textContent = "";
    cell.appendChild(button);
    button.addEventListener("click", function () {
      var up = cell.getAttribute("aria-sort") !== "ascending";
      Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
      cell.setAttribute("aria-sort", up ? "ascending" : "descending");
      rows.sort(function (a, b) {
        var order = a.cells[column].textContent.localeCompare(b.cells[column].textContent, "en", { numeric: true });
        return up ? order : -order;
      });
      rows.forEach(function (row) { body.appendChild(row); });
    });
  });
})();
