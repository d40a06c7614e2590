using System.Globalization;
using System.Text.RegularExpressions;
using Faultline.Litmus.Syntax;
using Faultline.Real.Histograms;
using Faultline.Real.Repro;

namespace Faultline.Real.Runs;

/// <summary>What a C program says it ran on.</summary>
/// <param name="Kernel">Release of the kernel.</param>
/// <param name="Filesystem">Type of the directory's filesystem, such as <c>ext4</c>.</param>
/// <param name="Options">Its mount options.</param>
/// <param name="IsDax">Whether statx(2) says that the file is DAX; null: the kernel does not say.</param>
/// <param name="Cpus">CPUs that it could use.</param>
public sealed partial record Surroundings(string Kernel, string Filesystem, string Options, bool? IsDax, int Cpus)
{
    /// <summary>Reads a program's first line, without its <c>#</c>; null when it is not one.</summary>
    public static Surroundings? Parse(string note)
    {
        Match match = Line().Match(note);
        return !match.Success ? null : new Surroundings(
            match.Groups["kernel"].Value, match.Groups["type"].Value, match.Groups["options"].Value,
            match.Groups["dax"].Value switch { "on" => true, "off" => false, _ => null },
            int.Parse(match.Groups["cpus"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>Of a histogram: what its first run was on; null when nothing says so.</summary>
    public static Surroundings? Of(Histogram histogram)
    {
        ArgumentNullException.ThrowIfNull(histogram);
        return histogram.Notes.Select(Parse).FirstOrDefault(s => s is not null);
    }

    [GeneratedRegex(@"^\S+: kernel (?<kernel>\S+), (?<type>[^(]+?)( \((?<options>[^)]*)\))?, DAX (?<dax>on|off|unknown), (?<cpus>\d{1,4}) CPUs, ")]
    private static partial Regex Line();
}

/// <summary>One run of a test's program on this machine.</summary>
/// <param name="Log">What it printed.</param>
/// <param name="Histogram">The same, read.</param>
/// <param name="WasInterrupted">It was ended before its time.</param>
public sealed record ReproRun(string Log, Histogram Histogram, bool WasInterrupted)
{
    private const int CouldNotBeTried = 2, Signalled = 128;

    /// <summary>Writes, compiles and runs a test's program. Leaves nothing behind.</summary>
    /// <param name="test">The test.</param>
    /// <param name="options">How the program is written.</param>
    /// <param name="directory">Where its files lie.</param>
    /// <param name="further">Further arguments of the program.</param>
    /// <param name="cancellation">Ends it; what was seen by then is returned.</param>
    /// <exception cref="RunException">It cannot be run.</exception>
    public static ReproRun Run(
        LitmusTest test, ReproOptions options, string directory, IReadOnlyList<string> further, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(options);
        if (!Directory.Exists(directory))
        {
            throw new RunException($"{directory}: no such directory; name one on the filesystem to be tested");
        }

        DirectoryInfo scratch = Scratch();
        try
        {
            string name = ReproProgram.NameOf(test), program = Path.Combine(scratch.FullName, name), source = program + ".c";
            File.WriteAllText(source, ReproProgram.Write(test, options));
            CCompiler.Compile(source, program, cancellation);
            cancellation.ThrowIfCancellationRequested();
            string seconds = options.Seconds.ToString(CultureInfo.InvariantCulture);
            TimeSpan limit = TimeSpan.FromSeconds(options.Seconds + (2 * options.HangSeconds) + 30);
            return Read(name, Processes.Run(program, [directory, seconds, .. further], limit, cancellation));
        }
        catch (IOException e)
        {
            throw new RunException($"{scratch.FullName}: {e.Message}; the program is compiled there, TMPDIR names another place");
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    /// <summary>A new folder to compile in.</summary>
    /// <exception cref="RunException">There is no place for one.</exception>
    internal static DirectoryInfo Scratch()
    {
        try
        {
            return Directory.CreateTempSubdirectory("faultline-run-");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RunException($"{Path.GetTempPath()}: {e.Message}; the program is compiled there, TMPDIR names another place");
        }
    }

    private static ReproRun Read(string name, ProcessResult result)
    {
        if (result.ExitCode == CouldNotBeTried)
        {
            throw new RunException(result.Errors.TrimEnd());
        }

        LogContents contents = HistogramLog.Parse(name, result.Output);
        return contents.Histograms.Count == 1
            ? new ReproRun(result.Output, contents.Histograms[0], result.ExitCode > Signalled)
            : throw new RunException(
                $"{name} ended with exit code {result.ExitCode} and no histogram{(result.ExitCode > Signalled ? $" (signal {result.ExitCode - Signalled})" : "")}: {result.Errors.TrimEnd()}");
    }
}
