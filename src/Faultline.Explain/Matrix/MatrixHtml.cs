using System.Net;
using Faultline.Litmus;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Matrix;

/// <summary>A matrix as one HTML file that needs nothing else: no script, no other file; light or dark as the reader's system is.</summary>
public static class MatrixHtml
{
    private const string Style = """
        :root { color-scheme: light dark; --line: #d5d8dc; --good: #1a7f37; --bad: #b3261e; --badback: #fbe4e2; --dim: #6b7280;
          --alarm: #7a4d00; --alarmback: #ffe49b; --back: #ffffff; --text: #1b1f24; }
        @media (prefers-color-scheme: dark) { :root { --line: #3a3f46; --good: #57c877; --bad: #ff8a80; --badback: #46201e;
          --dim: #9aa2ad; --alarm: #ffd866; --alarmback: #4d3b00; --back: #14171a; --text: #e4e7eb; } }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; padding: 0 1em; max-width: 80em; background: var(--back); color: var(--text); }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-size: 13px; }
        th, td { border: 1px solid var(--line); padding: .2em .4em; text-align: center; white-space: nowrap; }
        th.test, td.fs { text-align: left; }
        td { font-family: ui-monospace, monospace; }
        .good { color: var(--good); }
        .bad { color: var(--bad); background: var(--badback); font-weight: bold; }
        .alarm { color: var(--alarm); background: var(--alarmback); font-weight: bold; }
        .dim { color: var(--dim); }
        code { font-size: 13px; }
        li { margin: .15em 0; }
        """;

    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="table">The matrix.</param>
    public static void Write(TextWriter writer, MatrixTable table)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(table);
        foreach (string line in Head().Concat(Grid(table)).Concat(Legend()).Concat(Alarms(table)).Concat(Differences(table)).Concat(Absences(table)))
        {
            writer.Write(line);
            writer.Write('\n');
        }

        writer.Write("</body>\n</html>\n");
    }

    private static IEnumerable<string> Head() =>
    [
        "<!DOCTYPE html>", "<html lang=\"en\">", "<head>", "<meta charset=\"utf-8\">",
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">", "<title>faultline matrix</title>",
        $"<style>\n{Style}\n</style>", "</head>", "<body>", "<h1>Tests against kernel versions</h1>",
    ];

    private static IEnumerable<string> Grid(MatrixTable table)
    {
        yield return $"<p>{Text(MatrixWords.Totals(table))}</p>";
        bool without = table.Rows.Any(r => r.Without.Count > 0);
        yield return "<div class=\"wide\"><table>";
        yield return $"<tr><th class=\"test\">test</th><th>fs</th>{(without ? "<th>~</th>" : "")}"
            + string.Concat(table.Kernels.Select(k => $"<th>{Text(k.Name)}</th>")) + "</tr>";
        foreach (IReadOnlyList<MatrixRow> rows in table.Rows.GroupBy(r => r.File).SelectMany(MatrixWords.Alike))
        {
            MatrixRow row = rows[0];
            string taken = without ? $"<td>{string.Join(' ', row.Without.Select(c => Cell(c, "span")))}</td>" : "";
            yield return $"<tr><th class=\"test\" title=\"{Text(row.File.Test!.Title)}\">{Text(row.File.Test.Name)}</th>"
                + $"<td class=\"fs\">{MatrixWords.Filesystems(rows)}</td>{taken}{string.Concat(row.Cells.Select(c => Cell(c, "td")))}</tr>";
        }

        yield return "</table></div>";
    }

    private static string Cell(MatrixCell cell, string element)
    {
        string symbol = $"{MatrixWords.Symbol(cell.State)}{(cell.IsUnexpected ? "!" : "")}";
        return $"<{element} class=\"{Class(cell)}\" title=\"{Text($"{cell.Kernel.Name}: {MatrixWords.Describe(cell)}")}\">{symbol}</{element}>";
    }

    private static string Class(MatrixCell cell) => MatrixWords.ToneOf(cell) switch
    {
        Tone.Good => "good",
        Tone.Bad => "bad",
        Tone.Alarm => "alarm",
        _ => "dim",
    };

    private static IEnumerable<string> Legend() =>
        [$"<p class=\"dim\">{string.Join(" &nbsp; ", MatrixWords.Legend.Select(l => $"<code>{l.Symbol}</code> {Text(l.Meaning)}"))}</p>"];

    private static IEnumerable<string> Alarms(MatrixTable table)
    {
        List<string> alarms = [.. MatrixWords.Alarms(table)];
        return alarms.Count == 0
            ? []
            : ["<h2>Not as expected</h2>", "<ul>", .. alarms.Select(a => $"<li><span class=\"alarm\">{Text(a)}</span></li>"), "</ul>"];
    }

    private static IEnumerable<string> Differences(MatrixTable table)
    {
        yield return "<h2>What made the difference</h2>";
        foreach (IGrouping<TestFile, MatrixRow> test in table.Rows.GroupBy(r => r.File).Where(t => t.Any(r => r.Edges.Count + r.Without.Count > 0)))
        {
            yield return $"<h3>{Text(test.Key.Test!.Name)}</h3>";
            yield return $"<p class=\"dim\">{Text(test.Key.Test.Title)}</p>";
            foreach (var story in test.Select(row => (row, Html: string.Join('\n', Edges(row).Concat(Without(row))))).GroupBy(s => s.Html))
            {
                yield return $"<p>{MatrixWords.Filesystems(story.Select(s => s.row))}</p>";
                yield return $"<ul>\n{story.Key}\n</ul>";
            }
        }
    }

    private static IEnumerable<string> Edges(MatrixRow row) =>
        from edge in row.Edges
        let explanation = MatrixWords.Explanation(edge)
        select $"<li><span class=\"{(edge.IsFix ? "good" : "bad")}\">{Text(MatrixWords.Title(edge))}</span> {Text(explanation)}{Commits(edge.Commits)}</li>";

    private static IEnumerable<string> Without(MatrixRow row) =>
        from cell in row.Without
        select $"<li>{Cell(cell, "span")} {Text(cell.Kernel.Name.Split('~')[0])} without: {Text(MatrixWords.Describe(cell))}"
            + $"{Commits(MatrixWords.TakenOut(cell.Kernel))}</li>";

    private static string Commits(IReadOnlyList<Commit> commits) => commits.Count == 0 ? "" : "<ul>" + string.Concat(commits.Select(c =>
        $"<li><code>{Text(c.Id)}</code> {Text(c.Title)} ({c.Since})<br><span class=\"dim\">"
        + $"{string.Join("<br>", c.Changes.Select(x => Text(MatrixWords.Of(x))))}</span></li>")) + "</ul>";

    private static IEnumerable<string> Absences(MatrixTable table)
    {
        List<string> absences = [.. MatrixWords.Absences(table)];
        return absences.Count == 0 ? [] : ["<h2>Not run</h2>", "<ul>", .. absences.Select(a => $"<li>{Text(a)}</li>"), "</ul>"];
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
