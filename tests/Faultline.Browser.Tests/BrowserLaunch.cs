using Microsoft.Playwright;

namespace Faultline.Browser.Tests;

/// <summary>Finds and starts the system's own Chromium, headless; none is downloaded.</summary>
internal static class BrowserLaunch
{
    /// <summary>What to do where there is none.</summary>
    public const string Missing = "no chromium on PATH (Debian: apt-get install chromium); FAULTLINE_CHROMIUM names one elsewhere";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>Where it is; null: nowhere.</summary>
    public static string? Executable { get; } = Environment.GetEnvironmentVariable("FAULTLINE_CHROMIUM") is { Length: > 0 } named
        ? named
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .SelectMany(folder => Names.Select(name => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);

    /// <summary>A window of a laptop's size.</summary>
    public static ViewportSize Laptop => new() { Width = 1366, Height = 850 };

    /// <summary>Starts it, with nothing that would look for a network.</summary>
    public static Task<IBrowser> Start(IPlaywright playwright, string executable) => playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = executable,
        Args =
        [
            "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ],
    });
}
