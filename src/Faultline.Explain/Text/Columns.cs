namespace Faultline.Explain.Text;

/// <summary>
/// Where the threads' columns lie. Up to a point each has its own share of the width. More threads get staggered columns: since only
/// one thread acts in a line, a column may reach into those to its right; each line then also names its thread.
/// </summary>
internal sealed class Columns
{
    private const int Gap = 2;
    private const int StepDigits = 4;
    private const int Hanging = 4;
    private const int NarrowestShare = 32;
    private const int StaggeredWidth = 50;
    private const int OverlappingStride = 24;
    private const int OverlappingWidth = 40;

    private readonly int[] starts;
    private readonly int[] widths;
    private readonly IReadOnlyList<string> names;

    /// <summary>Places columns.</summary>
    /// <param name="names">The threads.</param>
    /// <param name="width">Columns of text.</param>
    /// <param name="overlapping">Let each thread's text reach to the right edge: fewer lines, and still one place for each thread.</param>
    public Columns(IReadOnlyList<string> names, int width, bool overlapping = false)
    {
        this.names = names;
        Width = width;
        if (overlapping)
        {
            Gutter = StepDigits + Gap;
            IsOverlapping = true;
            int most = (width - Gutter - OverlappingWidth) / Math.Max(1, names.Count - 1);
            starts = [.. names.Select((_, i) => Gutter + (i * Math.Clamp(most, 4, OverlappingStride)))];
            widths = [.. starts.Select(start => width - start)];
            ColumnWidth = widths.Min();
            return;
        }

        int share = (width - StepDigits - Gap - (Gap * (names.Count - 1))) / Math.Max(1, names.Count);
        IsStaggered = names.Count > 1 && share < NarrowestShare;
        Gutter = StepDigits + Gap + (IsStaggered ? names.Max(n => n.Length) + 1 : 0);
        if (IsStaggered)
        {
            ColumnWidth = Math.Min(StaggeredWidth, width - Gutter - (2 * (names.Count - 1)));
            int stride = Math.Max(2, (width - Gutter - ColumnWidth) / (names.Count - 1));
            starts = [.. names.Select((_, i) => Gutter + (i * stride))];
        }
        else
        {
            ColumnWidth = share;
            starts = [.. names.Select((_, i) => Gutter + (i * (share + Gap)))];
        }

        widths = [.. starts.Select(_ => ColumnWidth)];
    }

    public int Width { get; }

    /// <summary>Columns before the first thread's.</summary>
    public int Gutter { get; }

    public int ColumnWidth { get; }

    public bool IsStaggered { get; }

    public bool IsOverlapping { get; }

    /// <summary>Spaces per level of the call chain.</summary>
    public int IndentStep => ColumnWidth >= 40 && !IsOverlapping ? 2 : 1;

    /// <summary>The names over their columns, and a rule.</summary>
    public IEnumerable<string> Heading()
    {
        string rule = "";
        for (int i = 0; i < starts.Length; i++)
        {
            rule = rule.PadRight(starts[i]) + new string('-', Math.Max(2, Room(i)));
        }

        yield return Row(names);
        yield return rule;
    }

    /// <summary>True when each text fits between the start of its column and that of the next.</summary>
    public bool Fits(IEnumerable<string> texts, int thread) => texts.All(t => t.Length <= Room(thread));

    /// <summary>A text in each column.</summary>
    public string Row(IReadOnlyList<string> texts)
    {
        string row = "";
        for (int i = 0; i < starts.Length; i++)
        {
            row = row.PadRight(starts[i]) + texts[i];
        }

        return row.TrimEnd();
    }

    private int Room(int thread) => thread + 1 < starts.Length ? starts[thread + 1] - starts[thread] - Gap : Width - starts[thread];

    /// <summary>The lines of one cell.</summary>
    /// <param name="step">Number to print, or empty when the line above has it.</param>
    /// <param name="thread">The column.</param>
    /// <param name="indent">Level in the call chain.</param>
    /// <param name="text">The text.</param>
    public IEnumerable<string> Cell(string step, int thread, int indent, string text)
    {
        // A name too long for its place moves left.
        int longest = text.Split(' ').Max(word => word.Length);
        int width = widths[thread];
        int level = Math.Max(0, Math.Min(Math.Min(indent * IndentStep, width / 2), width - longest - Hanging));
        string left = step.PadLeft(StepDigits) + new string(' ', Gap);
        left = IsStaggered ? left + names[thread] : left;
        string blank = new(' ', IsStaggered ? left.Length - names[thread].Length : left.Length);
        foreach (string line in Wrap.Lines(new string(' ', level) + text, width, level + Hanging))
        {
            yield return (left.PadRight(starts[thread]) + line).TrimEnd();
            left = IsStaggered ? blank + names[thread] : blank;
            left = string.IsNullOrWhiteSpace(step) ? left : new string(' ', StepDigits + Gap) + (IsStaggered ? names[thread] : "");
        }
    }

    /// <summary>A rule line across all columns.</summary>
    public IEnumerable<string> Rule(string text)
    {
        const string Left = "  -- ";
        List<string> lines = Wrap.Lines(text, Width - Left.Length - 3);
        for (int i = 0; i < lines.Count; i++)
        {
            string line = (i == 0 ? Left : new string(' ', Left.Length)) + lines[i] + " ";
            yield return i + 1 == lines.Count ? line.PadRight(Width, '-') : line.TrimEnd();
        }
    }
}
