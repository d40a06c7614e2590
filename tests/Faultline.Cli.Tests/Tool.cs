using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Faultline.Cli.Tests;

/// <summary>Runs the built tool as a user would, from the root of the repository.</summary>
internal static class Tool
{
    public static string Root { get; } = FindRoot();

    public static Result Run(params string[] arguments) => Run(new Dictionary<string, string>(), arguments);

    /// <summary>With variables of its environment set.</summary>
    public static Result Run(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        using Process process = Start(environment, arguments);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)), "the tool hangs");
        return new Result(process.ExitCode, output.Result, errors.Result);
    }

    public static Process Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    public static Process Start(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "faultline.dll"));
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var started = new Started { StartInfo = start };
        started.Start();
        return started;
    }

    // A test that fails leaves nothing running.
    private sealed class Started : Process
    {
        private bool disposed;

        protected override void Dispose(bool disposing)
        {
            if (disposing && !disposed)
            {
                disposed = true;
                if (!HasExited)
                {
                    Kill(entireProcessTree: true);
                }
            }

            base.Dispose(disposing);
        }
    }

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));

    internal sealed record Result(int ExitCode, string Output, string Errors);
}
