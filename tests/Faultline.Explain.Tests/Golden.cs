using System.Reflection;
using System.Runtime.CompilerServices;

namespace Faultline.Explain.Tests;

/// <summary>
/// Texts to the letter. After a change that is meant, run with FAULTLINE_UPDATE_GOLDEN=1, read the difference, and run again.
/// </summary>
internal static class Golden
{
    public static void Same(string name, string text, [CallerFilePath] string here = "")
    {
        if (Environment.GetEnvironmentVariable("FAULTLINE_UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(here)!, "Golden", name), text);
            return;
        }

        using Stream? golden = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        Assert.NotNull(golden);
        using var reader = new StreamReader(golden);
        Assert.Equal(reader.ReadToEnd(), text);
    }
}
