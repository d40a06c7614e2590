using System.Reflection;

namespace Faultline.Litmus;

/// <summary>The version of Faultline itself.</summary>
public static class ToolVersion
{
    /// <summary>As the project says it, without the commit: <c>0.1.0</c>.</summary>
    public static string Name { get; } = Assembly.GetExecutingAssembly()
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
