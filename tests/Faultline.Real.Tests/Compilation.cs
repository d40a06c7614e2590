using System.Diagnostics;
using Faultline.Real.Runs;

namespace Faultline.Real.Tests;

/// <summary>This machine's compiler, with warnings as errors.</summary>
internal static class Compilation
{
    public static IReadOnlyList<string> Full { get; } = [.. CCompiler.Flags, "-static", "-Werror"];

    /// <summary>All warnings of the front end and of unused functions, without optimisation: for many programs.</summary>
    public static IReadOnlyList<string> Quick { get; } = ["-O0", "-Wall", "-Wextra", "-pthread", "-Werror", "-S"];

    /// <summary>Compiles in a folder. Returns what the compiler said; empty: nothing.</summary>
    public static string Compile(string folder, IEnumerable<string> flags, params IEnumerable<string> files)
    {
        var start = new ProcessStartInfo(CompilerOrSkip(), [.. flags, .. files]) { WorkingDirectory = folder, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        string said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? said : said + $"\nexit code {process.ExitCode}";
    }

    public static string CompilerOrSkip()
    {
        try
        {
            return CCompiler.Find();
        }
        catch (RunException e)
        {
            Assert.Skip(e.Message);
            throw;
        }
    }
}
