using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Faultline.Litmus.Expectations;

/// <summary>A <c>.expected</c> file, or why there is none.</summary>
/// <param name="File">The file, or null.</param>
/// <param name="Diagnostics">The errors in the order of the text; none when there is a file.</param>
public sealed record ExpectedResult(ExpectedFile? File, IReadOnlyList<Diagnostic> Diagnostics)
{
    /// <summary>Whether the text is a list of expectations.</summary>
    [MemberNotNullWhen(true, nameof(File))]
    public bool IsSuccess => File is not null;
}

/// <summary>
/// What a test is known to do, by kernel and filesystem: the file <c>TEST.expected</c> next to <c>TEST.litmus</c>, with lines
/// such as <c>v4.12,v4.12+pfn-warn ext4,xfs: Sometimes; warn(insert_pfn)</c>.
/// </summary>
public sealed class ExpectedFile
{
    private readonly Dictionary<(string Kernel, string FileSystem), ExpectedEntry> byPlace;

    /// <summary>Makes a file from entries; of two for the same kernel and filesystem the later one counts.</summary>
    /// <param name="entries">Entries.</param>
    /// <param name="comments">Comments, without <c>#</c>.</param>
    public ExpectedFile(IEnumerable<ExpectedEntry> entries, IEnumerable<string> comments)
    {
        ArgumentNullException.ThrowIfNull(entries);
        ArgumentNullException.ThrowIfNull(comments);
        byPlace = [];
        foreach (ExpectedEntry entry in entries)
        {
            byPlace[(entry.Kernel, entry.FileSystem)] = entry;
        }

        Comments = [.. comments];
    }

    /// <summary>The comments of the file, without <c>#</c>.</summary>
    public IReadOnlyList<string> Comments { get; }

    /// <summary>All entries, kernels in the order of their versions.</summary>
    public IReadOnlyList<ExpectedEntry> Entries =>
        [.. byPlace.Values.OrderBy(e => e.Kernel, KernelNameOrder.Instance).ThenBy(e => e.FileSystem, StringComparer.Ordinal)];

    /// <summary>Parses a <c>.expected</c> file.</summary>
    /// <param name="path">Path, for the diagnostics.</param>
    /// <param name="text">The text.</param>
    public static ExpectedResult Parse(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(text);
        DiagnosticList diagnostics = new(path);
        ExpectedParser parser = new(diagnostics);
        try
        {
            parser.Parse(text);
        }
        catch (InputError error)
        {
            diagnostics.AddLast(error);
        }

        ExpectedFile? file = diagnostics.Count == 0 ? new ExpectedFile(parser.Entries, parser.Comments) : null;
        return new ExpectedResult(file, diagnostics.ToSortedList());
    }

    /// <summary>What is known of a kernel and filesystem, or null.</summary>
    /// <param name="kernel">Name of the kernel version.</param>
    /// <param name="fileSystem">ext4 or xfs.</param>
    public Expectation? Find(string kernel, string fileSystem) => byPlace.GetValueOrDefault((kernel, fileSystem))?.Expectation;

    /// <summary>A copy with one expectation added or replaced.</summary>
    /// <param name="kernel">Name of the kernel version.</param>
    /// <param name="fileSystem">ext4 or xfs.</param>
    /// <param name="expectation">What is known there.</param>
    public ExpectedFile With(string kernel, string fileSystem, Expectation expectation) =>
        new([.. byPlace.Values, new ExpectedEntry(kernel, fileSystem, expectation, SourcePosition.Start)], Comments);

    /// <summary>
    /// Prints the file: comments first, then one line for all kernels that do the same on the same filesystems, sorted by the
    /// first kernel of each line.
    /// </summary>
    public string Write()
    {
        StringBuilder text = new();
        foreach (string comment in Comments)
        {
            text.Append(comment.Length == 0 ? "#\n" : $"# {comment}\n");
        }

        var byKernel = Entries
            .GroupBy(e => (e.Kernel, e.Expectation))
            .Select(g => (g.Key.Kernel, FileSystems: string.Join(",", g.Select(e => e.FileSystem)), g.Key.Expectation));
        foreach (var line in byKernel.GroupBy(k => (k.FileSystems, k.Expectation)))
        {
            text.Append($"{string.Join(",", line.Select(k => k.Kernel))} {line.Key.FileSystems}: {line.Key.Expectation}\n");
        }

        return text.ToString();
    }
}
