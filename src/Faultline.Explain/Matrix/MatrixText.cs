using Faultline.Explain.Text;
using Faultline.Kernel.Versions;
using Faultline.Litmus;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Matrix;

namespace Faultline.Explain.Matrix;

/// <summary>A matrix as text: the table, then what made each difference, then what is not as expected or was not run.</summary>
public static class MatrixText
{
    private const int CellWidth = 3;
    private const int ShortestName = 12;
    private const char Unbroken = '\u00a0';

    /// <summary>Writes it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="table">The matrix.</param>
    /// <param name="width">Columns.</param>
    public static void Write(TextWriter writer, MatrixTable table, int width)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (TonedLine line in Lines(table, width))
        {
            writer.Write($"{line}\n");
        }
    }

    /// <summary>Its lines.</summary>
    /// <param name="table">The matrix.</param>
    /// <param name="width">Columns.</param>
    public static IEnumerable<TonedLine> Lines(MatrixTable table, int width)
    {
        ArgumentNullException.ThrowIfNull(table);
        IEnumerable<IEnumerable<TonedLine>> parts =
        [
            .. Grids(table, width), LegendLines(table, width), Differences(table, width), Footer(table, width),
            Wrap.Lines(MatrixWords.Totals(table), width).Select(l => TonedLine.Of(l)),
        ];
        return parts.Where(p => p.Any()).SelectMany((part, i) => i == 0 ? part : part.Prepend(TonedLine.Of("")));
    }

    private static IEnumerable<IEnumerable<TonedLine>> Grids(MatrixTable table, int width)
    {
        List<Column> columns = Column.Of(table, CellWidth);
        int longest = table.Rows.Count == 0 ? 0 : table.Rows.Max(r => r.File.Test!.Name.Length + (table.Filesystems.Count > 1 ? 5 : 0));
        while (columns.Count > 0)
        {
            int room = width - Math.Min(longest, ShortestName) - 1;
            int taken = 0, used = 0;
            bool releases = columns[0].IsRelease;
            while (taken < columns.Count && columns[taken].IsRelease == releases && (taken == 0 || used + columns[taken].Width <= room))
            {
                used += columns[taken++].Width;
            }

            yield return Grid(table, columns[..taken], Math.Min(longest, Math.Max(width - used - 1, ShortestName)));
            columns = columns[taken..];
        }
    }

    private static IEnumerable<TonedLine> Grid(MatrixTable table, IReadOnlyList<Column> columns, int nameWidth)
    {
        string margin = new(' ', nameWidth + 1);
        if (columns.Any(c => c.Major.Length > 0))
        {
            yield return new TonedLine([new Piece(margin), .. columns.Select((c, i) =>
                new Piece((i == 0 || columns[i - 1].Major != c.Major ? c.Major : "").PadRight(c.Width), Tone.Heading))]);
        }

        yield return new TonedLine([new Piece(margin), .. columns.Select(c => new Piece(c.Minor.PadRight(c.Width), Tone.Heading))]);
        bool severalFolders = table.Rows.Select(FolderOf).Distinct().Skip(1).Any();
        string? folder = null;
        foreach (IGrouping<TestFile, MatrixRow> test in table.Rows.GroupBy(r => r.File))
        {
            if (severalFolders && FolderOf(test.First()) != folder)
            {
                folder = FolderOf(test.First());
                yield return TonedLine.Of($"{folder}/", Tone.Heading);
            }

            List<IReadOnlyList<MatrixRow>> alike = [.. MatrixWords.Alike(test)];
            foreach (IReadOnlyList<MatrixRow> rows in alike)
            {
                string name = test.Key.Test!.Name + (alike.Count > 1 ? $" {MatrixWords.Filesystems(rows)}" : "");
                if (name.Length > nameWidth)
                {
                    yield return TonedLine.Of(name);
                    name = "";
                }

                yield return new TonedLine([new Piece(name.PadRight(nameWidth + 1)), .. columns.Select(c => c.Cell(rows[0]))]);
            }
        }
    }

    private static string FolderOf(MatrixRow row) => Path.GetDirectoryName(row.File.Path) ?? "";

    private static IEnumerable<TonedLine> LegendLines(MatrixTable table, int width)
    {
        HashSet<string> used = [.. table.Cells.Select(c => MatrixWords.Symbol(c.State).ToString())];
        used.UnionWith(table.Cells.Any(c => c.IsUnexpected) ? ["!"] : []);
        used.UnionWith(table.Rows.Any(r => r.Without.Count > 0) ? ["~"] : []);
        IEnumerable<string> items =
            MatrixWords.Legend.Where(l => used.Contains(l.Symbol)).Select(l => $"{l.Symbol} {l.Meaning}".Replace(' ', Unbroken));
        return Wrap.Lines(string.Join("   ", items), width).Select(l => TonedLine.Of(l.Replace(Unbroken, ' '), Tone.Faint));
    }

    private static IEnumerable<TonedLine> Differences(MatrixTable table, int width)
    {
        foreach (IGrouping<TestFile, MatrixRow> test in table.Rows.GroupBy(r => r.File).Where(t => t.Any(r => r.Edges.Count + r.Without.Count > 0)))
        {
            yield return TonedLine.Of(test.Key.Test!.Name, Tone.Heading);
            var stories = test.Select(row => (row, Lines: EdgeLines(row, width).Concat(WithoutLines(row, width)).ToList())).ToList();
            var alike = stories.GroupBy(s => string.Join('\n', s.Lines.Select(l => l.ToString()))).ToList();
            foreach (var story in alike)
            {
                if (alike.Count > 1)
                {
                    yield return TonedLine.Of($"  {MatrixWords.Filesystems(story.Select(s => s.row))}:");
                }

                foreach (TonedLine line in story.First().Lines)
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<TonedLine> EdgeLines(MatrixRow row, int width)
    {
        foreach (MatrixEdge edge in row.Edges)
        {
            string explanation = MatrixWords.Explanation(edge);
            yield return TonedLine.Of(
                $"  {MatrixWords.Title(edge)}{(explanation.Length > 0 ? $": {explanation}" : "")}", edge.IsFix ? Tone.Good : Tone.Bad);
            foreach (Commit commit in edge.Commits)
            {
                foreach (TonedLine line in CommitLines(commit, width))
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<TonedLine> WithoutLines(MatrixRow row, int width)
    {
        foreach (MatrixCell cell in row.Without)
        {
            IReadOnlyList<Commit> commits = MatrixWords.TakenOut(cell.Kernel);
            string version = cell.Kernel.Name.Split('~')[0], mark = cell.IsUnexpected ? "!" : "";
            yield return new TonedLine([
                new Piece($"  {MatrixWords.Symbol(cell.State)}{mark}", MatrixWords.ToneOf(cell)),
                new Piece($" {version} without {(commits.Count == 1 ? "this commit" : "these commits")}: {MatrixWords.Describe(cell)}")]);
            foreach (TonedLine line in commits.SelectMany(c => CommitLines(c, width)))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<TonedLine> CommitLines(Commit commit, int width) =>
        Wrap.Lines($"    {MatrixWords.Of(commit)}", width, 6).Select(l => TonedLine.Of(l))
            .Concat(commit.Changes.Select(c => TonedLine.Of($"      {MatrixWords.Of(c)}", Tone.Faint)));

    private static IEnumerable<TonedLine> Footer(MatrixTable table, int width) =>
        [
            .. MatrixWords.Alarms(table).SelectMany(a => Wrap.Lines(a, width, 4)).Select(l => TonedLine.Of(l, Tone.Alarm)),
            .. MatrixWords.Absences(table).SelectMany(n => Wrap.Lines(n, width, 4)).Select(l => TonedLine.Of(l)),
        ];

    // A column: a version, or for a test all its versions with a fix taken out.
    private sealed record Column(string Major, string Minor, bool IsRelease, int Width, Func<MatrixRow, IEnumerable<MatrixCell>> CellsOf)
    {
        public static List<Column> Of(MatrixTable table, int cellWidth)
        {
            var columns = new List<Column>();
            if (table.Rows.Any(r => r.Without.Count > 0))
            {
                columns.Add(new Column("", "~", true, cellWidth, row => row.Without));
            }

            IEnumerable<(int Index, KernelVersion Item)> byKind = table.Kernels.Index().OrderBy(k => !TestVersions.IsRelease(k.Item.Name));
            foreach ((int index, KernelVersion kernel) in byKind)
            {
                bool release = TestVersions.IsRelease(kernel.Name);
                (string major, string minor) = release ? MatrixWords.Head(kernel) : ("", kernel.Name);
                columns.Add(new Column(
                    major, minor, release, Math.Max(cellWidth, minor.Length + 1), row => [row.Cells[index]]));
            }

            return columns;
        }

        // Of several, the worst: an unexpected one, then a bad one.
        public Piece Cell(MatrixRow row)
        {
            MatrixCell? cell = CellsOf(row).MaxBy(c => (c.IsUnexpected ? 4 : 0) + (c.IsBad == true ? 2 : 0) + (c.IsIncomplete ? 1 : 0));
            return cell is null
                ? new Piece(new string(' ', Width))
                : new Piece($"{MatrixWords.Symbol(cell.State)}{(cell.IsUnexpected ? MatrixWords.Unexpected : ' ')}".PadRight(Width), MatrixWords.ToneOf(cell));
        }
    }
}
