
"use strict";
(function () {
  var table = document.getElementById("domains");
  var search = document.getElementById("filter");
  var said = document.getElementById("filter-said");
  var grouped = document.getElementById("grouped");
  var groups = Array.prototype.slice.call(table.tBodies);
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  var clientAt = heads.findIndex(function (cell) { return cell.textContent === "Client"; });
  var flat = document.createElement("tbody");
  var rows = [];
  groups.forEach(function (body) {
    Array.prototype.forEach.call(body.rows, function (row) {
      if (row.className === "group") { return; }
      rows.push({
        row: row, body: body, text: row.textContent.toLowerCase(),
        grade: row.cells[0].firstElementChild.textContent,
        client: clientAt < 0 ? "" : row.cells[clientAt].textContent,
        tags: Array.prototype.map.call(row.querySelectorAll(".tag"), function (tag) { return tag.textContent; })
      });
    });
  });

  function choice(id, values) {
    var select = document.getElementById(id);
    var found = Array.from(new Set(values)).filter(Boolean);
    found.sort(function (a, b) { return a.localeCompare(b, "en", { numeric: true }); });
    found.slice(0, 2000).forEach(function (value) {
      var option = document.createElement("option");
      option.textContent = option.value = value;
      select.appendChild(option);
    });
    select.closest(".field").hidden = found.length < 2;
    select.addEventListener("change", filter);
    return select;
  }
  function filter() {
    var wanted = search.value.trim().toLowerCase();
    var shown = 0;
    rows.forEach(function (item) {
      var fits = item.text.indexOf(wanted) >= 0 && (!grade.value || item.grade === grade.value) &&
        (!client.value || item.client === client.value) && (!tag.value || item.tags.indexOf(tag.value) >= 0);
      item.row.hidden = !fits;
      if (fits) { shown += 1; }
    });
    groups.forEach(function (body) {
      body.hidden = !Array.prototype.some.call(body.rows, function (row) { return row.className !== "group" && !row.hidden; });
    });
    said.textContent = shown < rows.length ? shown + " of " + rows.length + " domains shown" : "";
  }
  function unsorted() { heads.forEach(function (cell) { cell.removeAttribute("aria-sort"); }); }
  function regroup() {
    table.classList.toggle("grouped", grouped.checked);
    unsorted();
    rows.forEach(function (item) { (grouped.checked ? item.body : flat).appendChild(item.row); });
    filter();
  }
  var order = "ABC?DF-";
  var collator = new Intl.Collator("en", { numeric: true });
  function keyed(column) {
    return rows.map(function (item) {
      return { item: item, key: column ? item.row.cells[column].textContent : order.indexOf(item.grade) + item.text };
    }).sort(function (a, b) { return collator.compare(a.key, b.key); });
  }
  function sort(cell, column) {
    var up = cell.getAttribute("aria-sort") !== "ascending";
    var sorted = keyed(column);
    if (!up) { sorted.reverse(); }
    unsorted();
    cell.setAttribute("aria-sort", up ? "ascending" : "descending");
    grouped.checked = false;
    table.classList.remove("grouped");
    sorted.forEach(function (entry) { flat.appendChild(entry.item.row); });
    filter();
  }

  var grade = choice("by-grade", rows.map(function (item) { return item.grade; }));
  var client = choice("by-client", rows.map(function (item) { return item.client; }));
  var tag = choice("by-tag", [].concat.apply([], rows.map(function (item) { return item.tags; })));
  table.appendChild(flat);
  heads.forEach(function (cell, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent;
    cell.setAttribute("data-said", cell.textContent);
    cell.textContent = "";
    cell.appendChild(button);
    button.addEventListener("click", function () { sort(cell, column); });
  });
  grouped.closest(".field").hidden = groups.length < 2;
  grouped.addEventListener("change", regroup);
  search.addEventListener("input", filter);
  table.classList.add("sortable");
  document.getElementById("filter-tool").hidden = false;
})();
