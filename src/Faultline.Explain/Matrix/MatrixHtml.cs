using Faultline.Explain.Html;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Matrix;

/// <summary>A matrix as one HTML file that needs nothing else: no script, no other file; light or dark as the reader's system is.</summary>
public static class MatrixHtml
{
    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="table">The matrix.</param>
    /// <param name="linkOf">Address of the page of a test; null: there are no such pages.</param>
    public static void Write(TextWriter writer, MatrixTable table, Func<TestFile, string?>? linkOf = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(table);
        IEnumerable<string> lines =
        [
            .. Markup.Head("Tests against kernel versions", "palette.css", "matrix.css"),
            "<main>",
            "<h1>Tests against kernel versions</h1>",
            $"<p>{Markup.Text(MatrixWords.Totals(table))}</p>",
            .. Grid(table, linkOf),
            .. Legend(),
            .. Alarms(table),
            .. Differences(table),
            .. Absences(table),
            "</main>",
        ];
        foreach (string line in lines)
        {
            writer.Write(line);
            writer.Write('\n');
        }

        writer.Write("</body>\n</html>\n");
    }

    /// <summary>The table: a row for each test and filesystem, a column for each version.</summary>
    /// <param name="table">The matrix.</param>
    /// <param name="linkOf">Address of the page of a test; null: there are no such pages.</param>
    /// <param name="shown">For the page of one test, whose rows need no name: the version that it is about.</param>
    internal static IEnumerable<string> Grid(MatrixTable table, Func<TestFile, string?>? linkOf = null, KernelVersion? shown = null)
    {
        bool without = table.Rows.Any(r => r.Without.Count > 0);
        yield return "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Verdicts per version\"><table class=\"matrix\">";
        yield return $"<thead><tr>{(shown is null ? "<th scope=\"col\" class=\"test\">test</th>" : "")}<th scope=\"col\" class=\"fs\">fs</th>{(without ? "<th scope=\"col\">~</th>" : "")}"
            + string.Concat(table.Kernels.Select(k => $"<th scope=\"col\" class=\"version{(k.Name == shown?.Name ? " shown" : "")}\"><span>{Text(k.Name)}</span></th>"))
            + "</tr></thead><tbody>";
        foreach (IReadOnlyList<MatrixRow> rows in table.Rows.GroupBy(r => r.File).SelectMany(MatrixWords.Alike))
        {
            MatrixRow row = rows[0];
            string taken = without ? $"<td>{string.Join(' ', row.Without.Select(c => Cell(c, "span")))}</td>" : "";
            yield return $"<tr>{(shown is null ? Heading(row.File, linkOf?.Invoke(row.File)) : "")}"
                + $"<td class=\"fs\">{MatrixWords.Filesystems(rows)}</td>{taken}{string.Concat(row.Cells.Select(c => Cell(c, "td")))}</tr>";
        }

        yield return "</tbody></table></div>";
    }

    private static string Heading(TestFile file, string? link)
    {
        string name = Text(file.Test!.Name);
        return $"<th scope=\"row\" class=\"test\" title=\"{Text(file.Test.Title)}\">{(link is null ? name : $"<a href=\"{Text(link)}\">{name}</a>")}</th>";
    }

    private static string Cell(MatrixCell cell, string element)
    {
        string symbol = $"{MatrixWords.Symbol(cell.State)}{(cell.IsUnexpected ? "!" : "")}";
        string words = Text($"{cell.Kernel.Name}: {MatrixWords.Describe(cell)}");
        return element == "td"
            ? $"<td class=\"{Class(cell)}\" title=\"{words}\">{symbol}</td>"
            : $"<span class=\"{Class(cell)}\" title=\"{words}\">{symbol}</span>";
    }

    private static string Class(MatrixCell cell) => MatrixWords.ToneOf(cell) switch
    {
        Tone.Good => "good",
        Tone.Bad => "bad",
        Tone.Alarm => "alarm",
        _ => "dim",
    };

    /// <summary>What the symbols mean.</summary>
    /// <param name="table">If given, only those that it has.</param>
    internal static IEnumerable<string> Legend(MatrixTable? table = null)
    {
        string? used = table is null ? null : string.Concat(table.Cells.Select(c => $"{MatrixWords.Symbol(c.State)}{(c.IsUnexpected ? "!" : "")}"));
        used += table is not null && table.Rows.Any(r => r.Without.Count > 0) ? "~" : "";
        IEnumerable<string> shown = MatrixWords.Legend.Where(l => table is null || used.Contains(l.Symbol, StringComparison.Ordinal))
            .Select(l => $"<code>{l.Symbol}</code> {Text(l.Meaning)}");
        return [$"<p class=\"dim legend\">{string.Join(" &nbsp; ", shown)}</p>"];
    }

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

    /// <summary>Between which versions a row changes, and the commits that explain it.</summary>
    internal static IEnumerable<string> Edges(MatrixRow row) =>
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

    private static string Text(string text) => Markup.Text(text);
}
