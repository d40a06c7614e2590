namespace Faultline.Real.Runs;

/// <summary>This machine's C compiler.</summary>
public static class CCompiler
{
    /// <summary>What every program compiles with, without a warning.</summary>
    public static IReadOnlyList<string> Flags { get; } = ["-O2", "-Wall", "-Wextra", "-pthread"];

    private static readonly string[] Names = ["cc", "gcc", "clang"];

    /// <summary>The compiler: what CC names, else cc, gcc or clang on the PATH.</summary>
    /// <exception cref="RunException">There is none.</exception>
    public static string Find()
    {
        string? named = Environment.GetEnvironmentVariable("CC");
        string[] names = string.IsNullOrWhiteSpace(named) ? Names : [named.Trim()];
        return names.Select(OnPath).FirstOrDefault(path => path is not null) ?? throw new RunException(
            $"no C compiler: {string.Join(", ", names)} {(names.Length == 1 ? "is" : "are")} not on the PATH; install one (Debian: apt-get install gcc libc6-dev), or name it in CC; "
            + "or write the program with 'faultline repro' and compile it elsewhere");
    }

    /// <summary>Compiles one file.</summary>
    /// <param name="source">The C file.</param>
    /// <param name="program">The program.</param>
    /// <param name="cancellation">Ends the compiler.</param>
    /// <param name="further">Flags besides <see cref="Flags"/>.</param>
    /// <exception cref="RunException">The compiler refuses it: its headers are missing or too old.</exception>
    public static void Compile(string source, string program, CancellationToken cancellation, params string[] further)
    {
        string compiler = Find();
        ProcessResult result = Processes.Run(compiler, [.. Flags, .. further, "-o", program, source], cancellation: cancellation);
        if (result.ExitCode != 0)
        {
            throw new RunException($"{compiler} does not compile the program (headers of libc and Linux 5.10 or later are needed, and room in {Path.GetTempPath()}):"
                + $"{Environment.NewLine}{result.Errors.TrimEnd()}");
        }
    }

    private static string? OnPath(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(name) ? name : null;
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
    }
}
