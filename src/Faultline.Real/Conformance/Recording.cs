using System.IO.Compression;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Checking;

namespace Faultline.Real.Conformance;

/// <summary>A test, and what a kernel showed after each of its operations.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sequence">The test.</param>
/// <param name="Lines">What the kernel showed, in the agent's words.</param>
public sealed record RecordedTest(string Name, Sequence Sequence, IReadOnlyList<string> Lines);

/// <summary>What a real kernel did, kept so that it can be held against the model without the kernel.</summary>
/// <param name="Command">The command that made it.</param>
/// <param name="Release">Release of the kernel.</param>
/// <param name="Package">Its package and version.</param>
/// <param name="Filesystem"><c>ext4</c> or <c>xfs</c>.</param>
/// <param name="Tests">The tests.</param>
public sealed record Recording(string Command, string Release, string Package, string Filesystem, IReadOnlyList<RecordedTest> Tests)
{
    private const string Head = "# faultline conformance recording";
    private static readonly string[] Fields = ["command ", "kernel ", "package ", "filesystem "];

    /// <summary>The modelled version that stands for its kernel; null: the kernel is older than all.</summary>
    public KernelVersion? Model => RunningKernel.Nearest(Release, KernelVersions.All);

    /// <summary>Writes it, compressed.</summary>
    public void Write(Stream stream)
    {
        using var gzip = new GZipStream(stream, CompressionLevel.SmallestSize);
        using var writer = new StreamWriter(gzip) { NewLine = "\n" };
        writer.WriteLine(Head);
        foreach ((string field, string value) in Fields.Zip([Command, Release, Package, Filesystem]))
        {
            writer.WriteLine(field + value);
        }

        foreach (RecordedTest test in Tests)
        {
            writer.WriteLine($"= {test.Name}\t{string.Join("; ", test.Sequence.Declarations)}");
            foreach ((string operation, string line) in test.Sequence.Operations.Zip(test.Lines))
            {
                writer.WriteLine($"{operation}\t{line}");
            }
        }
    }

    /// <summary>Reads one.</summary>
    /// <param name="path">Its path, for errors.</param>
    /// <exception cref="FormatException">It is none: with path and line.</exception>
    public static Recording Read(string path)
    {
        var lines = new List<string>();
        try
        {
            using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            using var reader = new StreamReader(gzip);
            while (reader.ReadLine() is { } line)
            {
                lines.Add(line);
            }
        }
        catch (InvalidDataException)
        {
            throw new FormatException($"{path}:1:1: not compressed by gzip; expected a file that 'faultline lab conform --record' wrote");
        }

        if (lines.Count == 0 || lines[0] != Head)
        {
            throw new FormatException($"{path}:1:1: expected '{Head}'");
        }

        string[] head = [.. Fields.Select((field, i) => lines.Count > i + 1 && lines[i + 1].StartsWith(field, StringComparison.Ordinal)
            ? lines[i + 1][field.Length..]
            : throw new FormatException($"{path}:{i + 2}:1: expected '{field.Trim()}'"))];
        return new Recording(head[0], head[1], head[2], head[3], ReadTests(path, lines, Fields.Length + 1));
    }

    /// <summary>Compares a test with a version of the model.</summary>
    /// <param name="test">The test.</param>
    /// <param name="version">The version.</param>
    /// <exception cref="FormatException">The language refuses the test.</exception>
    public Comparison Compare(RecordedTest test, KernelVersion version)
    {
        UserProgram program = test.Sequence.Compile(test.Name) ?? throw new FormatException($"{test.Name}: the language refuses it");
        return Views.Compare(program, ModelViews.Of(program, version, FilesystemOf(Filesystem)), test.Lines);
    }

    /// <summary>The filesystem of that name.</summary>
    public static FilesystemKind FilesystemOf(string name) => Enum.GetValues<FilesystemKind>().Single(kind => ModelNames.Of(kind) == name);

    private static List<RecordedTest> ReadTests(string path, List<string> lines, int from)
    {
        var tests = new List<RecordedTest>();
        for (int i = from; i < lines.Count;)
        {
            string[] head = lines[i].Split('\t');
            if (head.Length != 2 || !head[0].StartsWith("= ", StringComparison.Ordinal))
            {
                throw new FormatException($"{path}:{i + 1}:1: expected '= NAME', a tab, and declarations");
            }

            var steps = new List<string[]>();
            for (i++; i < lines.Count && !lines[i].StartsWith("= ", StringComparison.Ordinal); i++)
            {
                string[] step = lines[i].Split('\t');
                steps.Add(step.Length == 2 ? step : throw new FormatException($"{path}:{i + 1}:1: expected an operation, a tab, and what was seen"));
            }

            tests.Add(new RecordedTest(head[0][2..], new Sequence(head[1].Split("; "), [.. steps.Select(s => s[0])]), [.. steps.Select(s => s[1])]));
        }

        return tests;
    }
}
