using Faultline.Litmus;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Matrix;

/// <summary>A matrix as Markdown: one table, then what made each difference, then what is not as expected or was not run.</summary>
public static class MatrixMarkdown
{
    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="table">The matrix.</param>
    public static void Write(TextWriter writer, MatrixTable table)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(table);
        foreach (string line in Grid(table).Append("").Concat(Legend()).Concat(Differences(table)).Concat(Footer(table)))
        {
            writer.Write(line);
            writer.Write('\n');
        }
    }

    private static IEnumerable<string> Grid(MatrixTable table)
    {
        bool without = table.Rows.Any(r => r.Without.Count > 0);
        List<string> heads = [.. without ? ["~"] : Array.Empty<string>(), .. table.Kernels.Select(k => k.Name)];
        yield return $"| test | fs | {string.Join(" | ", heads)} |";
        yield return $"|---|---|{string.Concat(heads.Select(_ => ":-:|"))}";
        foreach (IReadOnlyList<MatrixRow> rows in table.Rows.GroupBy(r => r.File).SelectMany(MatrixWords.Alike))
        {
            IEnumerable<string> cells = rows[0].Cells.Select(Cell);
            IEnumerable<string> taken = without ? [string.Join(' ', rows[0].Without.Select(Cell))] : [];
            yield return $"| {Escape(rows[0].File.Test!.Name)} | {MatrixWords.Filesystems(rows)} | {string.Join(" | ", taken.Concat(cells))} |";
        }
    }

    private static string Cell(MatrixCell cell)
    {
        string symbol = MatrixWords.Symbol(cell.State).ToString();
        return cell.IsUnexpected || cell.IsIncomplete ? $"**{symbol}{(cell.IsUnexpected ? "!" : "")}**" : symbol;
    }

    private static IEnumerable<string> Legend() =>
        [string.Join(", ", MatrixWords.Legend.Select(l => $"`{l.Symbol}` {l.Meaning}")) + ".", ""];

    private static IEnumerable<string> Differences(MatrixTable table)
    {
        foreach (IGrouping<TestFile, MatrixRow> test in table.Rows.GroupBy(r => r.File).Where(t => t.Any(r => r.Edges.Count + r.Without.Count > 0)))
        {
            yield return $"- **{Escape(test.Key.Test!.Name)}** {Escape(test.Key.Test.Title)}".TrimEnd();
            var stories = test.Select(row => (row, Text: string.Join('\n', Edges(row).Concat(Without(row))))).GroupBy(s => s.Text).ToList();
            foreach (var story in stories.Where(s => s.Key.Length > 0))
            {
                if (stories.Count > 1)
                {
                    yield return $"  - on {MatrixWords.Filesystems(story.Select(s => s.row))}:";
                }

                yield return story.Key;
            }
        }

        yield return "";
    }

    private static IEnumerable<string> Edges(MatrixRow row) =>
        from edge in row.Edges
        let explanation = MatrixWords.Explanation(edge)
        let commits = edge.Commits.Select(c => $"{Of(c)} [{string.Join("; ", c.Changes.Select(MatrixWords.Of))}]")
        select $"  - {MatrixWords.Title(edge)}: "
            + string.Join("; ", (explanation.Length > 0 ? [explanation] : Array.Empty<string>()).Concat(commits));

    private static IEnumerable<string> Without(MatrixRow row) =>
        from cell in row.Without
        let mark = Cell(cell)
        select $"  - {mark} {cell.Kernel.Name.Split('~')[0]} without {string.Join(" and ", MatrixWords.TakenOut(cell.Kernel).Select(Of))}: "
            + Escape(MatrixWords.Describe(cell));

    private static string Of(Commit commit) => $"`{commit.Id}` \"{Escape(commit.Title)}\" ({commit.Since})";

    private static IEnumerable<string> Footer(MatrixTable table)
    {
        foreach (string line in MatrixWords.Alarms(table))
        {
            yield return $"- **{Escape(line)}**";
        }

        foreach (string line in MatrixWords.Absences(table))
        {
            yield return $"- {Escape(line)}";
        }

        yield return "";
        yield return MatrixWords.Totals(table);
    }

    private static string Escape(string text) =>
        string.Concat(text.Select(c => c is '|' or '*' or '_' or '`' or '<' or '>' or '[' or ']' or '\\' ? $"\\{c}" : c.ToString()));
}
